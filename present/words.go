package present

import (
	"fmt"
	"strings"

	"domaincheck"
	"domaincheck/inventory"
)

// voice speaks one language: zh, else English.
type voice struct{ zh bool }

func (v voice) say(zh, en string) string {
	if v.zh {
		return zh
	}
	return en
}

func (v voice) sayf(zh, en string, args ...any) string { return fmt.Sprintf(v.say(zh, en), args...) }

func (v voice) verdict(r domaincheck.Verdict) string {
	switch r {
	case domaincheck.VerdictPass:
		return v.say("符合", "pass")
	case domaincheck.VerdictFail:
		return v.say("不符合", "fail")
	}
	return v.say("暂时无法判断", "unknown")
}

func (v voice) result(r domaincheck.Result) string {
	switch r {
	case domaincheck.Pass:
		return v.say("符合", "pass")
	case domaincheck.Fail:
		return v.say("不符合", "fail")
	case domaincheck.NotApplicable:
		return v.say("不适用", "not applicable")
	}
	return v.say("暂时无法判断", "unknown")
}

// Level is a severity as it stands in front of findings and messages: 【高】 in
// Chinese ("zh" and all but "en"), [HIGH] in English.
func Level(s domaincheck.Severity, lang string) string { return voice{lang != "en"}.level(s) }

func (v voice) level(s domaincheck.Severity) string {
	switch s {
	case domaincheck.Critical:
		return v.say("【紧急】", "[CRITICAL]")
	case domaincheck.High:
		return v.say("【高】", "[HIGH]")
	case domaincheck.Medium:
		return v.say("【中】", "[MEDIUM]")
	case domaincheck.Low:
		return v.say("【低】", "[LOW]")
	}
	return v.say("【提示】", "[INFO]")
}

// State is the word for the state of a site in a language, as Level is for a
// severity.
func State(s domaincheck.SiteState, lang string) string { return voice{lang != "en"}.state(s) }

// Outcome is the word for how a look ended.
func Outcome(o domaincheck.Outcome, lang string) string {
	if word := valueWord("outcome", string(o)); lang != "en" && word != "" {
		return word
	}
	return Clean(string(o))
}

// Columns is the width of a text on a terminal, where ideographs take two.
func Columns(s string) int { return columns(s) }

func (v voice) knows(k domaincheck.Knows) string {
	switch k {
	case domaincheck.Observed:
		return v.say("实测", "observed")
	case domaincheck.Inferred:
		return v.say("推断", "inferred")
	case domaincheck.Declared:
		return v.say("台账填报", "declared")
	}
	return ""
}

func (v voice) outcome(o domaincheck.RiskOutcome) string {
	switch o {
	case domaincheck.RiskBlock:
		return v.say("阻断访问", "access blocked")
	case domaincheck.RiskDeAccess:
		return v.say("取消接入", "de-access by the provider")
	case domaincheck.RiskEmptyShell:
		return v.say("空壳网站", "empty-shell record")
	case domaincheck.RiskDeregistration:
		return v.say("注销备案", "deregistration of the filing")
	case domaincheck.RiskFine:
		return v.say("罚款", "fine")
	case domaincheck.RiskNotFileable:
		return v.say("暂不能备案", "cannot be filed for now")
	}
	return Clean(string(o))
}

func (v voice) why(w domaincheck.Why) string {
	switch w {
	case domaincheck.WhyUnobserved:
		return v.say("没查到", "not observed")
	case domaincheck.WhyUndeclared:
		return v.say("台账未填", "not declared")
	case domaincheck.WhyUnknowable:
		return v.say("外部无法得知", "cannot be known from outside")
	}
	return ""
}

func (v voice) state(s domaincheck.SiteState) string {
	switch s {
	case domaincheck.StateUnfiled:
		return v.say("未备案", "unfiled")
	case domaincheck.StateNotRequired:
		return v.say("无需备案", "filing not required")
	case domaincheck.StateFiling:
		return v.say("备案中", "filing")
	case domaincheck.StateFiled:
		return v.say("已备案", "filed")
	case domaincheck.StateCancelled:
		return v.say("已注销", "cancelled")
	}
	return v.say("状态未知", "state unknown")
}

// problem is an error as a sentence: in Chinese, or where its message is known
// in English only, with what the code means before it.
func (v voice) problem(e *domaincheck.Error) string {
	if v.zh {
		if words, err := NewRefusals(); err == nil {
			if said, whole := words.Error(e); whole {
				message := clip(Clean(said.Error()), 400)
				if hint, known := words.Say(e.Hint); known && hint != "" {
					message += "（" + clip(Clean(hint), 200) + "）"
				}
				return message
			}
		}
	}
	message := clip(Clean(e.Error()), 400)
	if e.Hint != "" && !v.zh {
		message += " (" + clip(Clean(e.Hint), 200) + ")"
	}
	if !v.zh {
		return message
	}
	if head := codeZH(e.Code); head != "" {
		return head + "（" + message + "）"
	}
	return message
}

func codeZH(c domaincheck.Code) string {
	switch c {
	case domaincheck.CodeBadInput:
		return "输入无法识别，请核对这一行"
	case domaincheck.CodeEmail:
		return "这是邮箱地址，请只写 @ 后面的域名"
	case domaincheck.CodeTooLong:
		return "域名过长：整个域名不超过 253 个字符，每一段不超过 63 个"
	case domaincheck.CodePublicSuffix:
		return "这是域名后缀，请写在它下面注册的域名"
	case domaincheck.CodeControlChars:
		return "域名中夹有不可见字符，请手工重新输入"
	case domaincheck.CodeUnknownSuffix:
		return "没有这样的域名后缀，请核对拼写"
	case domaincheck.CodeReservedName:
		return "这是保留名称，不能注册也不能备案"
	case domaincheck.CodeUnreadable:
		return "文件读不出来"
	case domaincheck.CodeTooLarge:
		return "内容太大"
	case domaincheck.CodeRefused:
		return "对方拒绝回答"
	case domaincheck.CodeTimeout:
		return "对方在限定时间内没有回答"
	case domaincheck.CodeMalformed:
		return "回答的内容看不懂"
	case domaincheck.CodeNetwork:
		return "网络连接失败"
	case domaincheck.CodeForbidden:
		return "为安全起见，不连接这个地址"
	case domaincheck.CodeCancelled:
		return "已中止，尚未查完"
	case "personal_number":
		return "完整的证件号码、手机号码不予保存，请删去"
	}
	return ""
}

// fact is the name of a ledger's fact that a finding waits for, given as the
// rules give it: a path such as subject.principal.id_expires, with a paper's
// name behind a colon, or a code such as filed_on_undeclared. It is empty for
// what no fact would settle.
func (v voice) fact(headings map[string]string, name string) string {
	path, detail, _ := strings.Cut(name, ":")
	path = factPath(path)
	if path == "" {
		return ""
	}
	text := strings.NewReplacer("_", " ", ".", " ").Replace(strings.TrimPrefix(path, "site."))
	if heading := headings[path]; v.zh && heading != "" {
		text = heading
	}
	if detail != "" {
		text += " " + detail
	}
	return clip(Clean(text), 60)
}

// Facts names facts of the ledger in a language, each once: those that a filing
// order waits for, given by path.
func Facts(paths []string, lang string) ([]string, error) {
	headings, err := inventory.Headings()
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "", "the names of the ledger's facts: %w", err)
	}
	var names []string
	for _, path := range paths {
		if rest, ok := strings.CutPrefix(path, "servers."); ok {
			path = "server." + rest
		}
		if name := (voice{lang != "en"}).fact(headings, path); name != "" {
			names = add(names, name)
		}
	}
	return names, nil
}

// factPath gives the ledger's path of a fact.
func factPath(name string) string {
	switch root, _, _ := strings.Cut(name, "."); root {
	case "principal":
		return "subject." + name
	case "responsible":
		return "site." + name
	}
	switch strings.TrimSuffix(name, "_undeclared") {
	case "subject.principal":
		return "subject.principal.name"
	case "site.responsible":
		return "site.responsible.name"
	case "no_province_book", "nothing_to_compare", "undeclared", "no_record_source":
		return "" // no fact that could be declared
	case "access":
		return "access.provider"
	case "addresses":
		return "access.addresses"
	case "amount":
		return "server.order_amount"
	case "bandwidth":
		return "server.public_bandwidth"
	case "billing":
		return "server.billing"
	case "bought":
		return "server.first_term_months"
	case "codes", "server.codes":
		return "server.codes.total"
	case "depends_on_kind", "kind":
		return "subject.kind"
	case "expiry":
		return "server.expires"
	case "filed_on":
		return "site.filed_on"
	case "name":
		return "site.name"
	case "no_server":
		return "site.servers"
	case "number", "number_unreadable":
		return "site.record_number"
	case "opened":
		return "site.opened_on"
	case "person":
		return "subject.legal_representative"
	case "provider":
		return "server.provider"
	case "province":
		return "subject.province"
	case "region":
		return "server.region"
	case "romanised":
		return "subject.other_names"
	case "state":
		return "subject.state"
	case "subject":
		return "subject.name"
	case "type":
		return "server.type"
	case "visits":
		return "site.last_visit_on"
	}
	return strings.TrimSuffix(name, "_undeclared")
}
