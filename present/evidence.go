package present

import (
	"fmt"
	"strings"

	"domaincheck"
)

// evidence names a fact of the evidence; names without a word of their own
// stand as they are in the JSON.
func (v voice) evidence(n string) string {
	if word := evidenceWord(n); v.zh && word != "" {
		return word
	}
	return strings.ReplaceAll(Clean(n), "_", " ")
}

// evidenceWord is the Chinese name of a fact of the evidence.
func evidenceWord(n string) string {
	switch n {
	case "address", "addresses", "ip":
		return "地址"
	case "amount":
		return "订单金额（元）"
	case "asn":
		return "自治系统号"
	case "audited_on":
		return "审核日期"
	case "auto_renew":
		return "自动续费"
	case "billing":
		return "计费方式"
	case "bought":
		return "已购月数"
	case "by", "how":
		return "判定依据"
	case "bytes":
		return "已读字节"
	case "country", "countries":
		return "国家或地区"
	case "created":
		return "注册日期"
	case "days", "days_left":
		return "剩余天数"
	case "deadline":
		return "期限"
	case "declared":
		return "填报"
	case "domain":
		return "域名"
	case "error":
		return "错误"
	case "expected", "wanted":
		return "应为"
	case "expires":
		return "到期"
	case "fields":
		return "字段"
	case "filed_on":
		return "备案日期"
	case "found", "seen", "reached":
		return "实际"
	case "free":
		return "剩余服务码"
	case "host", "hosts":
		return "主机"
	case "kind":
		return "类别"
	case "last_visit_on":
		return "最近访问"
	case "least", "months":
		return "要求月数"
	case "link", "links":
		return "链接"
	case "link_state":
		return "链接状态"
	case "missing":
		return "缺少"
	case "name":
		return "名称"
	case "nameserver", "nameservers":
		return "域名服务器"
	case "number", "numbers":
		return "备案号"
	case "on_record":
		return "备案接入商"
	case "op":
		return "比较"
	case "by_hand":
		return "须人工核对"
	case "changed_on":
		return "变更日期"
	case "child":
		return "本级授权"
	case "individual":
		return "个人"
	case "limit":
		return "最迟须到期于"
	case "wait_until":
		return "等到"
	case "ended":
		return "已终止"
	case "open":
		return "未结通知"
	case "open_from":
		return "开通于"
	case "opened_on":
		return "开通日期"
	case "outcome":
		return "查看结果"
	case "paid":
		return "收费服务码"
	case "parent":
		return "上级授权"
	case "parts":
		return "部分"
	case "problems":
		return "问题"
	case "provider", "providers":
		return "接入商"
	case "province":
		return "省份"
	case "rcode":
		return "解析器的应答"
	case "region":
		return "地域"
	case "registrant", "holder":
		return "域名持有者"
	case "registrar":
		return "注册商"
	case "resolvers":
		return "解析器"
	case "role":
		return "角色"
	case "server", "servers":
		return "服务器"
	case "shown":
		return "页面显示"
	case "sign", "signs":
		return "特征"
	case "since":
		return "起始"
	case "source":
		return "来源"
	case "state":
		return "状态"
	case "status":
		return "HTTP 状态"
	case "statuses":
		return "域名状态"
	case "subject":
		return "主办单位"
	case "title":
		return "标题"
	case "tld":
		return "后缀"
	case "tooltips":
		return "仅在提示文字中"
	case "total":
		return "总数"
	case "type":
		return "类型"
	case "unit":
		return "单位"
	case "url":
		return "网址"
	case "used":
		return "已用"
	case "vantage":
		return "观察位置"
	case "verified_on":
		return "实名认证日期"
	case "would":
		return "否则为"
	}
	return ""
}

// given tells a fact that the judgement was given rather than one it rests on
// having seen: which book of which province it read.
func given(name string, value any) bool {
	switch name {
	case "province", "demanded", "typical":
		return true
	case "kind":
		kind := fmt.Sprint(value)
		return kind == string(domaincheck.KindUnit) || kind == string(domaincheck.KindIndividual)
	}
	return false
}

// valueWord is the Chinese word for a value that is a word of ours: kinds,
// billing, vantage. "" for all else.
func valueWord(name, value string) string {
	switch name + "=" + value {
	case "kind=unit":
		return "单位"
	case "kind=individual":
		return "个人"
	case "billing=subscription":
		return "包年包月"
	case "billing=pay_as_you_go":
		return "按量付费"
	case "vantage=mainland":
		return "境内"
	case "vantage=abroad":
		return "境外"
	case "vantage=unknown":
		return "不明"
	case "outcome=ok":
		return "查到"
	case "outcome=absent":
		return "不存在"
	case "outcome=reserved":
		return "保留"
	case "outcome=refused":
		return "被拒绝"
	case "outcome=timeout":
		return "超时"
	case "outcome=malformed":
		return "看不懂的应答"
	case "outcome=failed":
		return "连接失败"
	case "error=self_signed":
		return "自签名"
	case "error=expired":
		return "已过期"
	case "error=handshake_failed":
		return "握手失败"
	case "error=reset_after_client_hello":
		return "握手时被重置"
	case "signs=shop":
		return "网上商店"
	case "signs=payment":
		return "支付"
	case "signs=forum":
		return "论坛"
	case "signs=news":
		return "新闻"
	case "signs=finance":
		return "金融"
	case "signs=medical":
		return "医疗"
	case "signs=training":
		return "培训"
	case "error=wrong_name":
		return "域名不符"
	case "how=exact":
		return "完全相同"
	case "how=normalised":
		return "规范化后相同"
	case "how=pinyin":
		return "拼音相同（推断）"
	}
	return ""
}
