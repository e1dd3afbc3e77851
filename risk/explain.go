package risk

import (
	"strings"

	"domaincheck"
)

// Explanation is a risk in words, for one language.
type Explanation struct {
	Title    string   // what is the matter
	Outcome  string   // what may come of it
	Chain    string   // and what follows: 取消接入→空壳网站→注销备案
	Deadline string   // by when, and what kind of date that is; empty if no term is known
	Fix      string   // what to do now
	Basis    []string // on which ground
	Also     []string // what it explains besides
	Sure     string   // empty when confirmed: else that it is one look so far
}

// Explain renders a risk in lang ("zh", else English). A signal that the table
// does not know (from a later version) is named by its id.
func (t *Table) Explain(r domaincheck.Risk, lang string) Explanation {
	zh := strings.HasPrefix(lang, "zh")
	e := Explanation{Title: r.Signal, Outcome: OutcomeName(r, lang), Chain: chainWords(r, zh), Deadline: deadlineWords(r, zh)}
	if !r.Confirmed {
		e.Sure = pick(zh, "尚未确认：还需再看一次", "not confirmed yet: one more look is needed")
	}
	s := t.byID[r.Signal]
	if s == nil {
		return e
	}
	e.Title, e.Fix = s.Title.In(lang), s.Fix.In(lang)
	for _, c := range s.Basis {
		e.Basis = append(e.Basis, c.Cite+pick(zh, "：", ": ")+Words{c.ZH, c.EN}.In(lang))
	}
	for _, id := range r.Absorbed {
		if other := t.byID[id]; other != nil {
			e.Also = append(e.Also, other.Title.In(lang))
		}
	}
	return e
}

func pick(zh bool, chinese, english string) string {
	if zh {
		return chinese
	}
	return english
}

// OutcomeName is what the outcome is called towards people.
func OutcomeName(r domaincheck.Risk, lang string) string {
	zh := strings.HasPrefix(lang, "zh")
	switch r.Outcome {
	case domaincheck.RiskBlock:
		return pick(zh, "阻断访问", "access blocked")
	case domaincheck.RiskDeAccess:
		return pick(zh, "取消接入", "access cancelled")
	case domaincheck.RiskEmptyShell:
		if r.Subject {
			return pick(zh, "空壳网站、空壳主体", "site and subject become empty shells")
		}
		return pick(zh, "空壳网站", "empty shell")
	case domaincheck.RiskDeregistration:
		return pick(zh, "注销备案", "filing cancelled")
	case domaincheck.RiskFine:
		return pick(zh, "罚款", "fine")
	case domaincheck.RiskNotFileable:
		return pick(zh, "暂不能备案", "cannot be filed now")
	}
	return string(r.Outcome)
}

func chainWords(r domaincheck.Risk, zh bool) string {
	switch r.Outcome {
	case domaincheck.RiskDeAccess:
		return pick(zh, "取消接入→空壳网站→注销备案", "access cancelled → empty shell → filing cancelled")
	case domaincheck.RiskEmptyShell:
		return pick(zh, "空壳网站→公示→注销备案", "empty shell → public notice → filing cancelled")
	case domaincheck.RiskDeregistration:
		return pick(zh, "注销备案→阻断访问", "filing cancelled → access blocked")
	}
	return ""
}

// deadlineWords says what kind of date it is: a typical one is never shown as
// if it were the law's.
func deadlineWords(r domaincheck.Risk, zh bool) string {
	if r.Deadline.IsZero() {
		return ""
	}
	day := r.Deadline.Day().String()
	if r.Approximate {
		day = pick(zh, "约 ", "about ") + day
	}
	switch r.DeadlineKind {
	case "notice":
		return day + pick(zh, "（通知期限）", " (date of the notice)")
	case "legal":
		return day + pick(zh, "（到期日）", " (date of registry or server)")
	}
	return day + pick(zh, "（经验期限，非法定）", " (typical, not a legal date)")
}
