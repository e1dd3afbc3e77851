package sitecheck

import (
	"strings"
	"unicode/utf8"

	"domaincheck"
)

// Kinds of signals: what a site offers, where that needs an approval or a
// licence, or is not for a personal filing.
const (
	signalShop = iota
	signalPayment
	signalForum
	signalNews
	signalFinance
	signalMedical
	signalTraining
	signalVideo
	signalGame
	signalGambling
	signalKinds
)

// signalName is the kind as it is reported, and how much weight its labels
// need together.
func signalName(kind int) (name string, need int) {
	switch kind {
	case signalShop:
		return "shop", 4
	case signalPayment:
		return "payment", 4
	case signalForum:
		return "forum", 4
	case signalNews:
		return "news", 5
	case signalFinance:
		return "finance", 4
	case signalMedical:
		return "medical", 4
	case signalTraining:
		return "training", 4
	case signalVideo:
		return "video", 4
	case signalGame:
		return "game", 4
	}
	return "gambling", 4
}

// labelSet gathers the labels of a page: short texts that stand alone in an
// element, as on buttons, in menus and in table heads. Words inside sentences
// say what a page is about, not what it offers, and are not counted: that is
// what keeps an article about shopping carts from being a shop.
type labelSet struct {
	found [signalKinds][]seenLabel
	price int // labels that are a price in yuan
}

type seenLabel struct {
	text   string
	weight int
}

// maxLabel bounds a label, in bytes: twelve Chinese characters.
const maxLabel = 36

// add takes one run of text between two tags.
func (l *labelSet) add(b []byte, t tally) {
	switch {
	case len(b) > 6*maxLabel, t.count(inBlank) == len(b):
		return
	case !t.has(inPart):
		if len(b) >= 3 && len(b) <= maxLabel {
			l.one(b)
		}
		return
	}
	for len(b) > 0 {
		end, width := labelBreak(b)
		if end >= 3 && end <= maxLabel {
			l.one(b[:end])
		}
		b = b[min(len(b), end+width):]
	}
}

// labelBreak finds what parts labels within one run, and its width: blanks,
// bars, brackets, bullets.
func labelBreak(b []byte) (at, width int) {
	t := tagBytes
	for i, c := range b {
		if t[c]&inBreak == 0 {
			continue
		}
		switch {
		case c <= ' ', c == '|', c == '>', c == '[', c == ']':
			return i, 1
		case c == 0xC2 && i+1 < len(b) && b[i+1] != 0xA5: // no-break blank, middle dot, »
			return i, 2
		case c == 0xE2, c == 0xE3 && i+2 < len(b) && b[i+1] == 0x80 && (b[i+2] == 0x80 || b[i+2] == 0x90 || b[i+2] == 0x91):
			if c == 0xE2 && i+2 < len(b) && b[i+1] != 0x80 {
				continue
			}
			return i, 3
		case c == 0xEF && i+2 < len(b) && b[i+1] == 0xBD && b[i+2] == 0x9C: // ｜
			return i, 3
		}
	}
	return len(b), 0
}

// one takes one label.
func (l *labelSet) one(b []byte) {
	first, last := b[0], b[len(b)-1]
	if (first == 0xC2 || first == 0xEF || last == 0x83) && isPrice(b) { // ¥, ￥, 元
		l.price++
		return
	}
	if first < 0x80 && first != 'D' && first != 'P' && first != 'p' {
		return // labels are Chinese, but for the names of two forums
	}
	if last < 0x80 && last != '!' || last >= 0x81 && last <= 0x9B && len(b) > 3 && (b[len(b)-3] == 0xEF || b[len(b)-3] == 0xE3) {
		b = trimLabel(b)
	}
	if len(b) > 32 && string(b) != "互联网新闻信息服务许可证" {
		return // no label that is known is as long
	}
	kind, weight := labelKind(b)
	if weight == 0 {
		return
	}
	for _, have := range l.found[kind] {
		if have.text == string(b) {
			return
		}
	}
	if len(l.found[kind]) < maxTargets {
		l.found[kind] = append(l.found[kind], seenLabel{string(b), weight})
	}
}

// trimLabel cuts off what stands behind a label: 订单（3）, 分类：.
func trimLabel(b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeLastRune(b)
		switch r {
		case ':', '：', '!', '！', '>', '》', '…', '。', '(', ')', '（', '）', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			b = b[:len(b)-n]
		default:
			return b
		}
	}
	return b
}

// isPrice tells of ¥99, ￥1,299.00, 99.00元.
func isPrice(b []byte) bool {
	s := string(b)
	rest, sign := strings.CutPrefix(s, "¥")
	if !sign {
		rest, sign = strings.CutPrefix(s, "￥")
	}
	if !sign {
		rest, sign = strings.CutSuffix(s, "元")
		if !sign || !strings.Contains(rest, ".") {
			return false
		}
	}
	digits := 0
	for _, r := range strings.TrimSuffix(rest, "起") {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case r == '.' || r == ',':
		default:
			return false
		}
	}
	return digits > 0 && digits <= 9
}

// signals is what the labels, the title and the headings amount to. A kind is
// named only if several different labels speak for it.
func (l *labelSet) signals(title string, headings []string) domaincheck.List[domaincheck.Signal] {
	if l.price >= 2 && len(l.found[signalShop]) > 0 {
		l.found[signalShop] = append(l.found[signalShop], seenLabel{"¥", 2})
	}
	var out domaincheck.List[domaincheck.Signal]
	for kind := range signalKinds {
		name, need := signalName(kind)
		labels := l.found[kind]
		if len(labels) == 0 {
			continue
		}
		sum := titleWeight(kind, title)
		text := make([]string, 0, len(labels))
		for _, label := range labels {
			sum += label.weight
			text = append(text, label.text)
		}
		if len(labels) >= 2 && sum >= need {
			out = append(out, domaincheck.Signal{Kind: name, Text: shorten(strings.Join(text, "、"), 100)})
		}
	}
	return out
}

// titleWeight is what the title says for a kind; alone it is never enough.
func titleWeight(kind int, title string) int {
	if utf8.RuneCountInString(title) > 80 {
		title = shorten(title, 80)
	}
	has := func(words ...string) int {
		for _, w := range words {
			if strings.Contains(title, w) {
				return 1
			}
		}
		return 0
	}
	switch kind {
	case signalShop:
		return has("商城", "网上购物", "旗舰店", "专卖店", "网店")
	case signalForum:
		return 2 * has("论坛", "Powered by Discuz", "BBS")
	case signalNews:
		return has("新闻网", "日报", "晚报", "资讯网", "新闻门户")
	case signalFinance:
		return has("贷款", "网贷", "理财", "证券", "基金", "期货", "保险")
	case signalMedical:
		return has("医院", "门诊", "诊所", "大药房", "在线问诊", "挂号")
	case signalTraining:
		return has("培训", "教育", "考研", "公考", "学校")
	case signalVideo:
		return has("在线观看", "影院", "影视", "电影网", "高清电影")
	case signalGame:
		return has("手游", "网页游戏", "游戏平台")
	case signalGambling:
		return has("娱乐城", "博彩", "真人", "百家乐", "彩票")
	}
	return 0
}

// labelKind tells what a label on a page speaks for, and how strongly: 3 is
// found on nothing else, 2 on little else, 1 helps others.
func labelKind(label []byte) (kind, weight int) {
	switch string(label) {
	case "加入购物车", "放入购物车", "去结算", "提交订单", "购物车结算", "加入进货单":
		return signalShop, 3
	case "购物车", "我的购物车", "立即购买", "立刻购买", "马上购买", "立即抢购", "马上抢", "收货地址", "确认收货", "商品评价", "全部商品分类", "商品分类", "满减", "包邮", "商家入驻", "优惠券领取", "领券中心", "限时秒杀":
		return signalShop, 2
	case "我的订单", "全部商品", "收藏商品", "市场价", "商城价", "会员价", "促销价", "月销量", "累计评价", "七天无理由退货", "热销商品", "新品上市", "库存":
		return signalShop, 1

	case "立即支付", "确认支付", "去支付", "立即充值", "充值中心", "话费充值", "在线充值", "扫码支付", "收银台", "代收代付", "聚合支付接口", "支付通道":
		return signalPayment, 2
	case "支付宝支付", "微信支付", "银联支付", "网银支付", "余额支付", "在线支付", "余额提现", "提现", "我的钱包", "商户登录", "商户注册", "费率", "结算周期", "聚合支付":
		return signalPayment, 1

	case "发表新帖", "发新帖", "发帖", "发表回复", "回复本帖", "只看楼主", "楼主", "今日发帖", "版主", "返回列表并发帖", "快速发帖", "高级模式发帖", "发表帖子":
		return signalForum, 2
	case "Discuz!", "Discuz", "PHPWind", "phpwind", "精华帖", "最新帖子", "热门帖子", "最新回复", "最后发表", "论坛首页", "进入论坛", "版块", "版块主题", "查看新帖", "今日", "帖子", "会员", "沙发", "主题":
		return signalForum, 1

	case "时政", "时政要闻", "国内新闻", "国际新闻", "社会新闻", "滚动新闻", "时政新闻", "军事新闻", "要闻", "新闻热线", "新闻爆料", "记者专栏", "互联网新闻信息服务许可证":
		return signalNews, 2
	case "国内", "国际", "社会", "军事", "评论", "财经", "体育", "娱乐", "新闻", "深度", "专题", "本地新闻", "理论":
		return signalNews, 1

	case "我要投资", "立即投资", "我要借款", "立即借款", "我要贷款", "申请贷款", "立即贷款", "股票开户", "期货开户", "证券开户", "立即申购", "预期年化收益率", "年化收益率", "历史年化收益", "借款人", "债权转让", "网贷平台", "信用贷款", "抵押贷款", "配资开户":
		return signalFinance, 2
	case "起投金额", "投资期限", "还款方式", "放款时间", "基金净值", "七日年化", "理财产品", "贷款额度", "贷款期限", "月利率", "车险", "寿险", "投保须知", "在线投保", "保单查询", "股票行情", "期货行情":
		return signalFinance, 1

	case "预约挂号", "在线挂号", "在线问诊", "专家门诊", "门诊时间", "科室导航", "科室介绍", "在线预约专家", "来院路线", "专家在线", "医保定点", "处方药", "就诊指南", "就医指南", "出诊时间", "住院指南":
		return signalMedical, 2
	case "专家团队", "医生团队", "特色诊疗", "医院简介", "医院概况", "医院新闻", "健康科普", "男科", "妇科", "儿科", "皮肤科", "口腔科", "骨科", "眼科", "中医科", "非处方药", "体检中心", "康复案例":
		return signalMedical, 1

	case "招生简章", "在线报名", "报名入口", "免费试听", "预约试听", "试听课程", "课程报名", "开班信息", "开班时间", "立即报名", "报名须知", "培训课程", "考试报名", "预约试听课":
		return signalTraining, 2
	case "师资力量", "课程体系", "课程设置", "学员风采", "学员作品", "名师团队", "教学环境", "就业保障", "精品课程", "热门课程", "直播课", "学员评价", "校区分布", "考研辅导", "公务员考试", "教师资格证", "学历提升", "职业资格":
		return signalTraining, 1

	case "在线播放", "高清播放", "立即播放", "播放列表", "云播", "选集播放", "在线观看", "免费观看":
		return signalVideo, 2
	case "电影", "电视剧", "动漫", "综艺", "连续剧", "动作片", "喜剧片", "爱情片", "科幻片", "恐怖片", "国产剧", "韩剧", "美剧", "日剧", "纪录片", "剧情片", "战争片", "主演", "导演", "更新至":
		return signalVideo, 1

	case "开服表", "新服预告", "开服列表", "礼包领取", "进入游戏", "开始游戏", "游戏充值", "防沉迷系统", "家长监护", "游戏礼包", "新手礼包":
		return signalGame, 2
	case "手机游戏", "网页游戏", "游戏下载", "游戏攻略", "手游排行榜", "热门游戏", "游戏中心", "实名认证", "角色扮演":
		return signalGame, 1

	case "真人视讯", "真人娱乐", "百家乐", "电子游艺", "体育投注", "彩票投注", "开户送彩金", "存送优惠", "老虎机", "澳门银河", "六合彩", "时时彩", "北京赛车", "棋牌游戏平台":
		return signalGambling, 2
	case "体育博彩", "彩票游戏", "优惠活动", "首存", "免费试玩", "在线存款", "代理加盟", "捕鱼", "注单查询":
		return signalGambling, 1
	}
	return 0, 0
}
