package app

import (
	"domaincheck"
	"domaincheck/alert"
	"domaincheck/present"
	"domaincheck/providers"
	"domaincheck/risk"
	"domaincheck/rules"
	"domaincheck/scheduler"
)

// words are the sentences of messages: those that a check prints, from the rule
// book and the table of risks in force.
type words struct {
	book      *rules.Book
	risks     *risk.Table
	providers *providers.Table
	refusals  *present.Refusals // what went wrong, in Chinese
}

// Words gives messages the sentences of a book, a table of risks and one of
// providers. They are safe for concurrent use.
func Words(book *rules.Book, risks *risk.Table, providers *providers.Table) alert.Words {
	refusals, err := present.NewRefusals()
	if err != nil { // it is embedded and tested; without it causes stay English
		refusals = &present.Refusals{}
	}
	return words{book, risks, providers, refusals}
}

// Finding implements alert.Words.
func (w words) Finding(f domaincheck.Finding, lang string) alert.Sentence {
	if s, own := selfSentence(f, lang, w.refusals); own {
		return s
	}
	if s, own := scheduler.Sentence(f, lang); own {
		return s
	}
	x := w.book.Explain(f, lang)
	s := alert.Sentence{Summary: present.Clean(x.Summary), Fix: present.Clean(x.Fix)}
	dash := "　——"
	if lang == "en" {
		dash = " — "
	}
	for _, c := range x.Basis {
		s.Basis = append(s.Basis, present.Clean(c.Text)+dash+present.Clean(c.Source))
	}
	return s
}

// Risk implements alert.Words.
func (w words) Risk(r domaincheck.Risk, lang string) alert.Consequence {
	x := w.risks.Explain(r, lang)
	c := alert.Consequence{Outcome: present.Clean(x.Outcome), Chain: present.Clean(x.Chain), Deadline: present.Clean(x.Deadline), Fix: present.Clean(x.Fix)}
	for _, b := range x.Basis {
		c.Basis = append(c.Basis, present.Clean(b))
	}
	return c
}

// Provider implements alert.Words.
func (w words) Provider(id, lang string) string { return present.Clean(w.providers.Name(id, lang)) }
