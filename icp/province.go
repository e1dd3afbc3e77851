package icp

import "strings"

// Province is one of the 31 provincial administrations that file sites.
type Province struct {
	Name    string // short Chinese name: 北京, 内蒙古
	Full    string // 北京市, 内蒙古自治区
	Mark    string // the mark in its filing numbers: 京; 蜀 for 四川
	Marks   string // every mark in use for it, Mark first: 蜀川
	Code    string // GB/T 2260: 110000
	English string // Beijing, Inner Mongolia
}

// provinceCount is how many provincial administrations file sites; Hong Kong,
// Macao and Taiwan do not.
const provinceCount = 31

// provinces is the table: names and codes of GB/T 2260-2007; marks as they
// stand in filing numbers (四川 files under 蜀, 贵州 under 黔, 云南 under 滇,
// 甘肃 under 陇, 陕西 under 陕), the other customary abbreviations after them
// because licences and public-security numbers use those. As of 2026-11-21.
func provinces() [provinceCount]Province {
	return [provinceCount]Province{
		{"北京", "北京市", "京", "京", "110000", "Beijing"},
		{"天津", "天津市", "津", "津", "120000", "Tianjin"},
		{"河北", "河北省", "冀", "冀", "130000", "Hebei"},
		{"山西", "山西省", "晋", "晋", "140000", "Shanxi"},
		{"内蒙古", "内蒙古自治区", "蒙", "蒙", "150000", "Inner Mongolia"},
		{"辽宁", "辽宁省", "辽", "辽", "210000", "Liaoning"},
		{"吉林", "吉林省", "吉", "吉", "220000", "Jilin"},
		{"黑龙江", "黑龙江省", "黑", "黑", "230000", "Heilongjiang"},
		{"上海", "上海市", "沪", "沪", "310000", "Shanghai"},
		{"江苏", "江苏省", "苏", "苏", "320000", "Jiangsu"},
		{"浙江", "浙江省", "浙", "浙", "330000", "Zhejiang"},
		{"安徽", "安徽省", "皖", "皖", "340000", "Anhui"},
		{"福建", "福建省", "闽", "闽", "350000", "Fujian"},
		{"江西", "江西省", "赣", "赣", "360000", "Jiangxi"},
		{"山东", "山东省", "鲁", "鲁", "370000", "Shandong"},
		{"河南", "河南省", "豫", "豫", "410000", "Henan"},
		{"湖北", "湖北省", "鄂", "鄂", "420000", "Hubei"},
		{"湖南", "湖南省", "湘", "湘", "430000", "Hunan"},
		{"广东", "广东省", "粤", "粤", "440000", "Guangdong"},
		{"广西", "广西壮族自治区", "桂", "桂", "450000", "Guangxi"},
		{"海南", "海南省", "琼", "琼", "460000", "Hainan"},
		{"重庆", "重庆市", "渝", "渝", "500000", "Chongqing"},
		{"四川", "四川省", "蜀", "蜀川", "510000", "Sichuan"},
		{"贵州", "贵州省", "黔", "黔贵", "520000", "Guizhou"},
		{"云南", "云南省", "滇", "滇云", "530000", "Yunnan"},
		{"西藏", "西藏自治区", "藏", "藏", "540000", "Tibet"},
		{"陕西", "陕西省", "陕", "陕秦", "610000", "Shaanxi"},
		{"甘肃", "甘肃省", "陇", "陇甘", "620000", "Gansu"},
		{"青海", "青海省", "青", "青", "630000", "Qinghai"},
		{"宁夏", "宁夏回族自治区", "宁", "宁", "640000", "Ningxia"},
		{"新疆", "新疆维吾尔自治区", "新", "新", "650000", "Xinjiang"},
	}
}

// Provinces lists the 31 provinces in the order of their codes. The slice is
// the caller's own.
func Provinces() []Province {
	p := provinces()
	return p[:]
}

// ProvinceByName finds a province by its short or full Chinese name (traditional
// characters too), any of its marks, its GB/T 2260 code, or its English name in
// any case ("Beijing", "inner mongolia", "Xizang"). Blanks around the name do
// not matter.
func ProvinceByName(s string) (Province, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Province{}, false
	}
	folded := foldName(s)
	table := provinces()
	for i := range table {
		p := &table[i]
		switch {
		case folded == p.Name, folded == p.Full, s == p.Code,
			strings.EqualFold(s, p.English), isOneOf(folded, p.Marks),
			folded == p.Name+"省", folded == p.Name+"市", folded == p.Name+"自治区":
			return *p, true
		}
	}
	switch strings.ToLower(strings.ReplaceAll(s, " ", "")) {
	case "xizang":
		return ProvinceByName("西藏")
	case "neimenggu", "neimongol", "innermongolia":
		return ProvinceByName("内蒙古")
	case "shannxi":
		return ProvinceByName("陕西")
	}
	return Province{}, false
}

// foldName folds each character of a name as the number grammar does, so that
// 內蒙古 and 廣東 are found.
func foldName(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '內':
			r = '内'
		case '廣':
			r = '广'
		case '東':
			r = '东'
		case '龍':
			r = '龙'
		case '慶':
			r = '庆'
		case '遼':
			r = '辽'
		case '寧':
			r = '宁'
		case '貴':
			r = '贵'
		case '雲':
			r = '云'
		case '陝':
			r = '陕'
		case '蘇':
			r = '苏'
		case '肅':
			r = '肃'
		default:
			r = foldMark(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isOneOf tells whether s is exactly one character of set.
func isOneOf(s, set string) bool {
	return s != "" && strings.Contains(set, s) && len(s) <= 4 && len([]rune(s)) == 1
}

// provinceByMark finds the province a mark stands for.
func provinceByMark(mark rune) (Province, bool) {
	i := placeOfMark(mark)
	if i < 0 {
		return Province{}, false
	}
	table := provinces()
	return table[i], true
}

// placeOfMark is the place in the table of the province with a mark, -1 for
// what is no mark. It is the table's column Marks turned round, which a test
// compares with it.
func placeOfMark(mark rune) int {
	switch mark {
	case '京':
		return 0
	case '津':
		return 1
	case '冀':
		return 2
	case '晋':
		return 3
	case '蒙':
		return 4
	case '辽':
		return 5
	case '吉':
		return 6
	case '黑':
		return 7
	case '沪':
		return 8
	case '苏':
		return 9
	case '浙':
		return 10
	case '皖':
		return 11
	case '闽':
		return 12
	case '赣':
		return 13
	case '鲁':
		return 14
	case '豫':
		return 15
	case '鄂':
		return 16
	case '湘':
		return 17
	case '粤':
		return 18
	case '桂':
		return 19
	case '琼':
		return 20
	case '渝':
		return 21
	case '蜀', '川':
		return 22
	case '黔', '贵':
		return 23
	case '滇', '云':
		return 24
	case '藏':
		return 25
	case '陕', '秦':
		return 26
	case '陇', '甘':
		return 27
	case '青':
		return 28
	case '宁':
		return 29
	case '新':
		return 30
	}
	return -1
}

// foldMark folds the traditional forms of marks; every other rune stays.
func foldMark(r rune) rune {
	switch r {
	case '晉':
		return '晋'
	case '遼':
		return '辽'
	case '滬':
		return '沪'
	case '蘇':
		return '苏'
	case '閩':
		return '闽'
	case '贛':
		return '赣'
	case '魯':
		return '鲁'
	case '粵':
		return '粤'
	case '瓊':
		return '琼'
	case '貴':
		return '贵'
	case '雲':
		return '云'
	case '陝':
		return '陕'
	case '隴':
		return '陇'
	case '寧':
		return '宁'
	}
	return r
}

// isMark tells whether r, folded, is a mark of one of the 31 provinces.
func isMark(r rune) bool { return placeOfMark(r) >= 0 }

// isRegion tells whether a public-security code can begin with these two
// digits: the first two of a GB/T 2260 province code.
func isRegion(a, b byte) bool {
	switch a {
	case '1':
		return '1' <= b && b <= '5'
	case '2':
		return '1' <= b && b <= '3'
	case '3':
		return '1' <= b && b <= '7'
	case '4':
		return '1' <= b && b <= '6'
	case '5':
		return '0' <= b && b <= '4'
	case '6':
		return '1' <= b && b <= '5'
	}
	return false
}
