package rules

import (
	"strings"

	"domaincheck"
)

// This file holds the rules server.*: can the declared server carry a filing?
// The table is that of one provider (001 §4.1); of others nothing is known.

// serverKind is a row of the provider's table of servers that carry filings.
type serverKind struct {
	kind      string
	months    int     // of subscription, renewals included; 0: none demanded
	firstOnly bool    // months count for the first purchase, nothing for the rest
	amount    float64 // least sum of the order, yuan
	bandwidth bool    // public bandwidth must be bought
	codes     int     // free service codes
	region    bool    // must stand in the mainland
}

// paidCodes is how many paid codes a server may carry beside its free ones,
// each for 12 months (001 §4.3, line 611).
const paidCodes = 20

// serverKindOf is the table of 001 §4.1 (001:134-148, 001:446-458), with the
// order system of 001:534-535 (聚石塔).
func serverKindOf(kind string) (serverKind, bool) {
	switch kind {
	case "ecs":
		return serverKind{kind: kind, months: 3, bandwidth: true, codes: 5, region: true}, true
	case "vhost", "swas", "ens":
		return serverKind{kind: kind, months: 3, codes: 5, region: true}, true
	case "nat", "ipv6":
		return serverKind{kind: kind, months: 1, codes: 2, region: true}, true
	case "iot":
		return serverKind{kind: kind, codes: 1}, true
	case "market":
		return serverKind{kind: kind, months: 12, firstOnly: true, amount: 99, codes: 1, region: true}, true
	case "fc":
		return serverKind{kind: kind, months: 3, amount: 100, codes: 1, region: true}, true
	case "mall":
		return serverKind{kind: kind, months: 3, amount: 100, codes: 2, region: true}, true
	case "jushita":
		return serverKind{kind: kind, codes: 5, region: true}, true
	case "chengxintong":
		return serverKind{kind: kind}, true
	}
	return serverKind{}, false
}

// kindOf gives the row of a declared server, or the outcome of every rule that
// needs one.
func (e *eval) kindOf(s *domaincheck.Server) (serverKind, outcome) {
	switch {
	case s.Provider == "":
		return serverKind{}, undeclared("provider_undeclared")
	case !e.sameProvider(string(s.Provider), "aliyun"):
		return serverKind{}, unknowable("other_provider").declared().with("provider", string(s.Provider))
	case s.Type == "":
		return serverKind{}, undeclared("type_undeclared")
	case s.Type == "own":
		return serverKind{}, unknowable("own_machine").declared()
	}
	k, ok := serverKindOf(strings.ToLower(string(s.Type)))
	if !ok {
		return serverKind{}, fail("not_fileable").declared().with("type", string(s.Type))
	}
	return k, outcome{}
}

// serverRule gives the row, or what a rule other than server.type says when
// there is none.
func (e *eval) serverRule(s *domaincheck.Server) (serverKind, outcome, bool) {
	k, o := e.kindOf(s)
	if o.code == "not_fileable" {
		return k, notApplicable("not_fileable").declared().with("type", string(s.Type)), false
	}
	return k, o, o.code == ""
}

func serverType(e *eval, s *domaincheck.Server) outcome {
	k, o := e.kindOf(s)
	if o.code != "" {
		return o
	}
	subscription := k.months > 0
	switch {
	case subscription && s.Billing == "pay_as_you_go":
		o = fail("pay_as_you_go")
	case k.amount > 0 && s.OrderAmount != nil && *s.OrderAmount < k.amount:
		o = fail("order_too_small").with("amount", *s.OrderAmount, "least", k.amount)
	case subscription && s.Billing == "":
		o = undeclared("billing_undeclared")
	case subscription && s.Billing != "subscription":
		o = unknowable("billing_unread").with("billing", string(s.Billing))
	case k.amount > 0 && s.OrderAmount == nil:
		o = undeclared("amount_undeclared").with("least", k.amount)
	default:
		o = pass("fileable")
	}
	return o.declared().with("type", k.kind)
}

// serverRegion reads region ids ("cn-hangzhou") and names in words.
func serverRegion(e *eval, s *domaincheck.Server) outcome {
	k, o, ok := e.serverRule(s)
	if !ok {
		return o
	}
	if !k.region {
		return notApplicable("not_demanded").declared().with("type", k.kind)
	}
	region := strings.ToLower(string(s.Region))
	switch {
	case region == "":
		return undeclared("region_undeclared")
	case isForeignRegion(region):
		o = fail("abroad")
	case isMainlandRegion(region):
		o = pass("mainland")
	default:
		o = unknowable("region_unread")
	}
	return o.declared().with("region", string(s.Region))
}

func isForeignRegion(region string) bool {
	for _, p := range [...]string{"cn-hongkong", "hk", "ap-", "us-", "eu-", "me-", "na-", "sa-", "af-", "rus-", "cn-macau", "cn-taiwan"} {
		if strings.HasPrefix(region, p) {
			return true
		}
	}
	for _, w := range [...]string{"香港", "澳门", "台湾", "新加坡", "日本", "东京", "大阪", "美国", "硅谷", "弗吉尼亚", "德国", "法兰克福", "英国", "伦敦", "印度", "孟买", "雅加达", "马来西亚", "吉隆坡", "菲律宾", "泰国", "曼谷", "韩国", "首尔", "澳大利亚", "悉尼", "迪拜", "海外", "境外", "国际", "hong kong", "singapore"} {
		if strings.Contains(region, w) {
			return true
		}
	}
	return false
}

func isMainlandRegion(region string) bool {
	if strings.HasPrefix(region, "cn-") && len(region) > len("cn-") {
		return true
	}
	for _, w := range [...]string{
		"华东", "华北", "华南", "华中", "西南", "西北", "东北", "大陆", "内地", "杭州", "上海", "北京", "深圳", "青岛", "张家口", "呼和浩特", "乌兰察布",
		"河源", "广州", "成都", "南京", "福州", "武汉", "重庆", "天津", "西安", "苏州", "贵阳",
	} {
		if strings.Contains(region, w) {
			return true
		}
	}
	return false
}

// serverTerm needs both: what was bought in total, renewals included, and what
// remains.
func serverTerm(e *eval, s *domaincheck.Server) outcome {
	k, o, ok := e.serverRule(s)
	if !ok {
		return o
	}
	if k.months == 0 {
		return notApplicable("not_demanded").declared().with("type", k.kind)
	}
	limit := e.today.AddMonths(k.months)
	total, expires := s.FirstTermMonths, s.Expires
	switch {
	case total != nil && *total < k.months:
		o = fail("bought_too_short").with("bought", *total)
	case !k.firstOnly && !expires.IsZero() && expires.Before(limit):
		o = fail("remaining_too_short").severity(domaincheck.Medium).with("expires", day(expires), "limit", day(limit))
	case k.firstOnly && !expires.IsZero() && expires.Before(e.today):
		o = fail("ended").with("expires", day(expires))
	case total == nil:
		o = undeclared("bought_undeclared")
	case expires.IsZero() && !k.firstOnly:
		o = undeclared("expiry_undeclared")
	default:
		o = pass("long_enough").with("bought", *total)
	}
	return o.declared().with("months", k.months, "type", k.kind)
}

func serverBandwidth(e *eval, s *domaincheck.Server) outcome {
	k, o, ok := e.serverRule(s)
	switch {
	case !ok:
		return o
	case !k.bandwidth:
		return notApplicable("not_demanded").declared().with("type", k.kind)
	case s.PublicBandwidth == nil:
		return undeclared("bandwidth_undeclared")
	case *s.PublicBandwidth:
		return pass("public").declared()
	}
	return fail("none").declared()
}

// serverCodes: each site takes one service code; a used one never comes back.
// The five states of a code are 已绑定, 未绑定, 备案中, 已备案, 已退费.
func serverCodes(e *eval, s *domaincheck.Server) outcome {
	k, o, ok := e.serverRule(s)
	switch {
	case !ok:
		return o
	case k.codes == 0:
		return notApplicable("not_demanded").declared().with("type", k.kind)
	case s.Codes == nil:
		return undeclared("codes_undeclared")
	}
	bound, loose, filing := 0, 0, 0
	for i, p := range s.Codes.Paid {
		if i >= paidCodes || !p.Expires.IsZero() && p.Expires.Before(e.today) {
			continue
		}
		switch p.State {
		case "已绑定":
			bound++
		case "未绑定":
			loose++
		case "备案中":
			filing++
		}
	}
	total := k.codes
	if s.Codes.Total != nil && *s.Codes.Total < total {
		total = *s.Codes.Total
	}
	running := 0
	if s.Codes.Filing != nil {
		running = *s.Codes.Filing
	}
	free := 0
	if s.Codes.Used != nil {
		free = max(0, total-*s.Codes.Used-running)
	}
	switch {
	case free > 0 || bound > 0:
		o = pass("left")
	case e.state == domaincheck.StateFiling && running+filing > 0:
		o = pass("in_use")
	case s.Codes.Used == nil && total > 0:
		o = undeclared("codes_undeclared")
	case loose > 0:
		o = fail("unbound").severity(domaincheck.Low)
	default:
		o = fail("used_up")
	}
	o = o.declared().with("free", free, "paid", bound, "total", total)
	if s.Codes.Used != nil {
		o = o.with("used", *s.Codes.Used)
	}
	return o
}

func serverExpiry(e *eval, s *domaincheck.Server) outcome {
	if s.Expires.IsZero() {
		return undeclared("expiry_undeclared")
	}
	days := e.today.DaysUntil(s.Expires)
	var o outcome
	switch {
	case days < 0:
		o = fail("ended").severity(domaincheck.Critical)
	case days <= 7:
		o = fail("within_7").severity(domaincheck.High)
	case days <= 30:
		o = fail("within_30").severity(domaincheck.Medium)
	default:
		o = pass("in_term")
	}
	return o.declared().with("expires", day(s.Expires), "days", days, "server", string(s.ID))
}
