package rules

import (
	"regexp"
	"strings"
	"testing"

	"domaincheck"
)

// A code that says the opposite of the rule's usual failure brings its own
// consequence, fix and basis.
func TestCodesOfAnotherMeaning(t *testing.T) {
	book := loadBook(t)
	for _, c := range []struct {
		rule, code        string
		evidence          domaincheck.Evidence
		consequence, fix  string // parts of them
		basis, notInWords string
	}{
		{"access.resolves", "no_address", nil, "空壳网站", "解析到备案所在接入商", "001:431", "阻断"},
		{"access.resolves", "points_already", nil, "会被阻断", "暂停解析", "002:4", "空壳"},
		{"access.resolves", "points_abroad", nil, "境外节点无需备案", "暂停解析", "002:4", "空壳"},
		{"access.delegation", "not_delegated", nil, "完全不能解析", "设置 DNS 服务器", "RFC 1034", "部分用户"},
		{"site.blocked", "carrier_dns", nil, "该运营商", "12381", "反电信网络诈骗法", "备案与接入"},
		{"site.number_matches", "other_index", domaincheck.Evidence{"wanted": "沪ICP备1号-1"}, "会被要求改正", "沪ICP备1号-1", "001:2096", "冒用"},
		{"site.police", "link_none", nil, "警告", "链接到 https://beian.mps.gov.cn/", "公安部令第33号", "办理公安联网备案"},
		{"subject.count", "too_many", nil, "超过数量限制", "拆分订单", "001:177", "缺少"},
		{"subject.count", "several_prefixes", nil, "不同", "分别备案", "001:177", "准备材料"},
		{"subject.contact", "phone_elsewhere", nil, "驳回", "改正电话", "33号令", "打不通"},
		{"domain.real_name", "unapproved_registrar", nil, "不能备案", "转到获批复的注册商", "001:118", ""},
		{"domain.expiry", "within_30", nil, "到期", "打开自动续费", "002:39", ""},
		{"domain.expiry", "within_30", domaincheck.Evidence{"auto_renew": true}, "到期", "付款方式", "002:39", "打开自动续费"},
		{"domain.expiry", "expired", domaincheck.Evidence{"auto_renew": true}, "到期", "手动续费", "002:39", "打开自动续费"},
		{"notice.deadline", "open", domaincheck.Evidence{"kind": "管局"}, "逾期", "按通知整改", "001:270", "前按"},
	} {
		x := book.Explain(domaincheck.Finding{Rule: c.rule, Code: c.code, Result: domaincheck.Fail, Evidence: c.evidence}, "zh")
		var basis strings.Builder
		for _, b := range x.Basis {
			basis.WriteString(b.Text + b.Source)
		}
		if !strings.Contains(x.Consequence, c.consequence) || !strings.Contains(x.Fix, c.fix) || !strings.Contains(basis.String(), c.basis) {
			t.Errorf("%s %s: %+v", c.rule, c.code, x)
		}
		if c.notInWords != "" && strings.Contains(x.Consequence+x.Fix+basis.String(), c.notInWords) {
			t.Errorf("%s %s speaks of %s: %+v", c.rule, c.code, c.notInWords, x)
		}
	}
}

// A value that the evidence does not hold, or holds empty, leaves no hole in
// any sentence.
func TestNoHolesInSentences(t *testing.T) {
	book := loadBook(t)
	hole := regexp.MustCompile(`  |（\s*）|\(\s*\)|\[|\]|[{}]|^\s|\s$|[\x{4e00}-\x{9fff}]  |[：:]$| [，。；）]|（ |“”`)
	empty := func(text Words) domaincheck.Evidence {
		out := domaincheck.Evidence{}
		for _, m := range regexp.MustCompile(`\{([a-z_]+)\}`).FindAllStringSubmatch(text.ZH+text.EN, -1) {
			out[m[1]] = ""
		}
		return out
	}
	sentences := func(rule, code string, w Wording) {
		for _, ev := range []domaincheck.Evidence{nil, empty(Words{w.ZH, w.EN}), {"provider": []string{}, "problems": []string{}, "signs": []any{}, "parts": []string{}}} {
			for _, result := range []domaincheck.Result{domaincheck.Pass, domaincheck.Fail, domaincheck.Unknown} {
				for _, lang := range []string{"zh", "en"} {
					x := book.Explain(domaincheck.Finding{Rule: rule, Code: code, Result: result, Evidence: ev}, lang)
					for _, text := range []string{x.Summary, x.Fix, x.Consequence} {
						if hole.MatchString(text) {
							t.Errorf("%s %s %s %v: %q", rule, code, lang, ev, text)
						}
					}
				}
			}
		}
	}
	for _, r := range book.Rules() {
		for code, w := range r.Codes {
			sentences(r.ID, code, w)
		}
	}
	for code, w := range book.common {
		if !strings.HasPrefix(code, "word.") {
			sentences("site.number", code, w)
		}
	}
	x := book.Explain(domaincheck.Finding{Rule: "site.blocked", Code: "blocked", Result: domaincheck.Fail, Evidence: domaincheck.Evidence{"provider": ""}}, "zh")
	if x.Summary != "看到阻断页" {
		t.Errorf("%q", x.Summary)
	}
	x = book.Explain(domaincheck.Finding{Rule: "site.blocked", Code: "blocked", Result: domaincheck.Fail, Evidence: domaincheck.Evidence{"provider": "aliyun"}}, "en")
	if x.Summary != "a block page of Alibaba Cloud is shown" {
		t.Errorf("%q", x.Summary)
	}
}

// A template keeps what stands outside of its optional parts.
func TestFill(t *testing.T) {
	book := loadBook(t)
	ev := domaincheck.Evidence{"a": "x", "b": ""}
	for template, want := range map[string]string{
		"plain": "plain", "{a}": "x", "{b}": "—", "{c}": "—", "1[2]3": "123", "1[ {a}]3": "1 x3", "1[ {b}]3": "13",
		"[{a}{b}]": "", "[{a}][{b}]!": "x!", "{a": "a", "1[{a}": "1[x", "": "",
	} {
		if got := book.fill(template, ev, "zh"); got != want {
			t.Errorf("%q: %q, want %q", template, got, want)
		}
	}
}
