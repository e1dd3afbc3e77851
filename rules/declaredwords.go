package rules

import (
	"strings"

	"domaincheck"
)

// This file folds words as ledgers hold them.

// idType folds the names of identity documents.
func idType(t domaincheck.Text) string {
	s := strings.TrimPrefix(strings.TrimPrefix(foldName(string(t)), "中华人民共和国"), "中国")
	switch s {
	case "居民身份证", "身份证", "二代身份证", "第二代身份证", "二代居民身份证", "第二代居民身份证", "内地身份证", "大陆身份证", "大陆居民身份证", "内地居民身份证", "idcard":
		return "身份证"
	case "临时居民身份证", "临时身份证", "二代临时身份证":
		return "临时身份证"
	case "港澳居民来往内地通行证", "港澳居民往来内地通行证", "港澳来往内地通行证", "港澳往来内地通行证", "来往内地通行证", "港澳通行证", "回乡证":
		return "港澳居民来往内地通行证"
	case "台湾居民来往大陆通行证", "台湾居民往来大陆通行证", "台湾来往大陆通行证", "台胞证", "台湾通行证":
		return "台湾居民来往大陆通行证"
	case "港澳台居民居住证", "港澳居民居住证", "台湾居民居住证":
		return "港澳台居民居住证"
	case "护照", "外国护照", "passport":
		return "护照"
	case "外国人永久居留身份证", "外国人永久居留证", "永久居留身份证":
		return "外国人永久居留身份证"
	}
	return s
}

// country folds a citizenship to ISO 3166 alpha-2; empty for none and for a
// word that is no country's name or code. Countries other than China by a name
// that is not known here stay foreign under their own code.
func country(t domaincheck.Text) string {
	s := strings.ToUpper(foldName(string(t)))
	switch s {
	case "中国", "中国大陆", "大陆", "中国内地", "内地", "中华人民共和国", "CHN", "CHINA":
		return "CN"
	case "香港", "中国香港", "香港特别行政区", "中国香港特别行政区", "HKG", "HONGKONG":
		return "HK"
	case "澳门", "中国澳门", "澳门特别行政区", "中国澳门特别行政区", "MAC", "MACAO", "MACAU":
		return "MO"
	case "台湾", "中国台湾", "台湾地区", "TWN", "TAIWAN":
		return "TW"
	case "美国", "USA":
		return "US"
	case "英国", "GBR", "UK":
		return "GB"
	case "日本", "JPN":
		return "JP"
	case "韩国", "KOR":
		return "KR"
	case "法国", "FRA":
		return "FR"
	case "德国", "DEU":
		return "DE"
	case "加拿大", "CAN":
		return "CA"
	case "澳大利亚", "AUS":
		return "AU"
	case "新加坡", "SGP":
		return "SG"
	case "马来西亚", "MYS":
		return "MY"
	case "俄罗斯", "RUS":
		return "RU"
	}
	if n := len(s); n != 2 && n != 3 || strings.IndexFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' }) >= 0 {
		return ""
	}
	return s
}

// chinese tells Chinese citizens, those of Hong Kong, Macao and Taiwan
// included, from foreigners; the code is one of country.
func chinese(code string) bool {
	switch code {
	case "CN", "HK", "MO", "TW":
		return true
	}
	return false
}

// paperName folds the names under which one paper goes, those by which the
// regulations call it included.
func paperName(kind string) string {
	switch kind {
	case "授权书", "授权委托书", "法定代表人授权委托书", "法定代表人授权书", "法人授权书", "法人委托授权书", "网站负责人授权书", "主体负责人授权书",
		"主体负责人授权委托书", "网站负责人授权委托书", "网站负责人授权委托证明", "授权委托证明":
		return "授权委托书"
	case "劳动就业证明", "就业证明", "劳动就业证明材料", "本人就业证明", "本人劳动就业证明", "本人劳动就业证明材料":
		return "就业证明"
	case "收入证明", "劳动收入证明", "劳动收入证明材料", "本人收入证明", "本人劳动收入证明":
		return "收入证明"
	case "居住证", "居住证电子版", "本省居住证", "居住证原件", "居住证照片", "手持居住证照片", "本人手持居住证照片", "本人手持本省居住证照片":
		return "居住证"
	case "营业执照", "主办单位证件", "单位证件", "主办单位有效证件", "企业营业执照", "组织机构代码证", "事业单位法人证书", "社会团体法人登记证书", "统一社会信用代码证书":
		return "主办单位证件"
	case "主体负责人证件", "主体负责人有效证件", "主体负责人身份证":
		return "主体负责人证件"
	case "网站负责人证件", "网站负责人有效证件", "网站负责人身份证":
		return "网站负责人证件"
	case "身份证", "个人证件", "个人有效证件", "个人身份证":
		return "个人证件"
	case "法定代表人身份证件", "法定代表人身份证", "法定代表人身份证正反两面", "主办单位法定代表人身份证件", "法定代表人证件":
		return "法定代表人身份证件"
	}
	return moreNames(kind)
}

func moreNames(kind string) string {
	switch kind {
	case "手持单位证件照片", "网站负责人手持单位证件照片":
		return "手持单位证件照片"
	case "手持个人证件照片", "个人手持个人证件照片", "手持身份证照片":
		return "手持个人证件照片"
	case "法定代表人手持身份证照片", "法定代表人手持身份证原件正反面照片", "法定代表人手持身份证正反面照片":
		return "法定代表人手持身份证照片"
	case "法定代表人手持营业执照照片", "法定代表人手持营业执照原件照片", "手持营业执照原件照片", "手持营业执照照片":
		return "法定代表人手持营业执照照片"
	case "房产证", "房产登记证", "本地房产登记证", "不动产权证书":
		return "房产证"
	case "在职证明", "工作证明":
		return "工作证明"
	case "监护人身份证", "监护人有效身份证", "监护人证件":
		return "监护人身份证"
	case "互联网信息服务备案承诺书", "备案承诺书":
		return "互联网信息服务备案承诺书"
	case "广东备案承诺书（金融）", "网站备案承诺书", "备案承诺书（金融）", "金融承诺书":
		return "备案承诺书（金融）"
	case "网站ICP备案域名注册人的证明", "域名注册人证明", "有关域名注册人的证明", "有关域名注册人的证明文件", "域名注册人的证明":
		return "域名注册人证明"
	case "网站备案信息真实性责任告知书", "信息真实性责任告知书", "真实性责任告知书", "告知书":
		return "网站备案信息真实性责任告知书"
	case "网站备案信息真实性承诺书", "信息真实性承诺书", "真实性承诺书":
		return "网站备案信息真实性承诺书"
	case "承诺视频", "承诺书视频", "网站备案信息真实性承诺书视频", "网站备案信息真实性承诺书的视频":
		return "承诺视频"
	case "网信办会商结果", "网信办会商结果文件":
		return "网信办会商结果"
	case "审核证明", "公安机关审核证明", "公安机关开具的审核证明":
		return "公安机关审核证明"
	case "变更证明", "工商变更证明":
		return "变更证明"
	case "域名证书", "域名注册证书", "顶级国际域名证书":
		return "域名证书"
	case "社保证明", "社保证明材料", "社会保险证明", "社保缴纳证明":
		return "社保证明"
	case "缴税记录", "单位缴税记录", "缴税证明", "完税证明":
		return "缴税记录"
	}
	return kind
}
