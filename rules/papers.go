package rules

import (
	"strings"

	"domaincheck"
)

// This file holds what rules ask of papers.

// needPapers adds what is wrong with papers that are all needed.
func (e *eval) needPapers(a *audit, kinds []string) {
	a.checked++
	if e.c.Site.Papers == nil {
		a.lack("site.papers")
		return
	}
	for _, k := range kinds {
		if !e.hasPaper(k) {
			a.fail("paper_missing:"+k, domaincheck.Medium)
		}
	}
}

// anyPapers adds a failure when none of the alternatives is whole.
func (e *eval) anyPapers(a *audit, alternatives [][]string, code string) {
	a.checked++
	if e.c.Site.Papers == nil {
		a.lack("site.papers")
		return
	}
	for _, all := range alternatives {
		whole := true
		for _, k := range all {
			whole = whole && e.hasPaper(k)
		}
		if whole {
			return
		}
	}
	a.fail(code, domaincheck.Medium)
}

// hasPaper tells whether a paper is at hand and in force.
func (e *eval) hasPaper(kind string) bool {
	for i := range e.c.Site.Papers {
		p := &e.c.Site.Papers[i]
		if samePaper(p.Kind, kind) && (p.Expires.IsZero() || !p.Expires.Before(e.today)) {
			return true
		}
	}
	return false
}

func samePaper(a, b string) bool { return a == b || paperName(a) == paperName(b) }

// paperName folds the names under which one paper goes.
func paperName(kind string) string {
	switch kind {
	case "授权书", "授权委托书", "法定代表人授权委托书", "法定代表人授权书", "法人授权书", "法人委托授权书", "网站负责人授权书", "主体负责人授权书",
		"主体负责人授权委托书", "网站负责人授权委托书", "网站负责人授权委托证明", "授权委托证明":
		return "授权委托书"
	case "劳动就业证明", "就业证明", "劳动就业证明材料":
		return "就业证明"
	case "收入证明", "劳动收入证明", "劳动收入证明材料":
		return "收入证明"
	case "居住证", "居住证电子版", "本省居住证", "居住证原件", "居住证照片":
		return "居住证"
	case "营业执照", "主办单位证件", "单位证件", "主办单位有效证件", "企业营业执照", "组织机构代码证", "事业单位法人证书", "社会团体法人登记证书", "统一社会信用代码证书":
		return "主办单位证件"
	case "身份证", "个人证件", "个人有效证件", "个人身份证":
		return "个人证件"
	case "房产证", "房产登记证", "本地房产登记证", "不动产权证书":
		return "房产证"
	case "在职证明", "工作证明":
		return "工作证明"
	case "监护人身份证", "监护人有效身份证", "监护人证件":
		return "监护人身份证"
	case "互联网信息服务备案承诺书", "备案承诺书":
		return "互联网信息服务备案承诺书"
	case "网站ICP备案域名注册人的证明", "域名注册人证明", "有关域名注册人的证明", "有关域名注册人的证明文件", "域名注册人的证明":
		return "域名注册人证明"
	case "网站备案信息真实性责任告知书", "信息真实性责任告知书", "真实性责任告知书", "告知书":
		return "网站备案信息真实性责任告知书"
	case "网站备案信息真实性承诺书", "信息真实性承诺书", "真实性承诺书":
		return "网站备案信息真实性承诺书"
	case "域名证书", "域名注册证书", "顶级国际域名证书":
		return "域名证书"
	case "社保证明", "社保证明材料", "社会保险证明", "社保缴纳证明":
		return "社保证明"
	}
	return kind
}

// auditPapers: the province's papers for this order, the proofs of a holder who
// is not the unit, and the papers' ages.
func (e *eval) auditPapers(a *audit, b *ProvinceBook) {
	for i := range b.Papers {
		p := &b.Papers[i]
		if p.Optional || !orderApplies(p.Orders, e.order) {
			continue
		}
		switch holds, fact := e.condition(p.When); {
		case fact != "" && e.c.Site.Papers != nil && e.hasPaper(p.Kind):
			a.checked++ // at hand, whether needed or not
		case strings.HasPrefix(fact, "legal_representative."):
			a.byHand(fact)
		case fact != "":
			a.lack(fact)
		case holds && p.Kind != "居住证": // residence is judged with its permit
			e.needPapers(a, []string{p.Kind})
		}
	}
	for i := range b.Holder.Proofs {
		p := &b.Holder.Proofs[i]
		for _, role := range p.For {
			if !e.heldBy(role) {
				continue
			}
			if len(p.PapersAny) > 0 {
				e.anyPapers(a, p.PapersAny, "holder_paper_missing")
			}
			if len(p.Papers) > 0 {
				e.needPapers(a, p.Papers)
			}
			break
		}
	}
	for i := range e.c.Site.Papers {
		p := &e.c.Site.Papers[i]
		if !p.IssuedOn.IsZero() && e.tooOld(p, b) {
			a.checked++
			a.fail("paper_too_old:"+p.Kind, domaincheck.Medium)
		}
	}
}

// tooOld: letters of authority and proofs count for 3 months from their issue
// (001 §5), unless the province says otherwise.
func (e *eval) tooOld(p *domaincheck.Paper, b *ProvinceBook) bool {
	for i := range b.PaperAges {
		r := &b.PaperAges[i]
		if !samePaper(r.Kind, p.Kind) {
			continue
		}
		if r.Days > 0 {
			return p.IssuedOn.DaysUntil(e.today) > r.Days
		}
		return p.IssuedOn.AddMonths(r.Months).Before(e.today)
	}
	if name := paperName(p.Kind); name != "授权委托书" && !strings.HasSuffix(name, "证明") {
		return false
	}
	return p.IssuedOn.AddMonths(3).Before(e.today)
}
