package rules

import (
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/icp"
)

// Infer completes a case that came without a ledger, or with one that is silent
// here, in place: a site without a state is filed if its own record number is
// declared (a provider's list of filings seldom says that they are) or one is
// visible on a page of it, else unfiled; a subject without a province gets that
// of the mark of the declared or the visible number. What was inferred is added
// to c.Inferred ("state", "subject.province"). Declared facts are never changed,
// nor is anything that the case points to. Infer is idempotent.
//
// Where the page could not be seen (the look failed, it was cut off, hidden
// behind a challenge, or made by a script that was not run) absence is not
// known; the state is then still unfiled, but Evaluate lets no rule fail that
// would fail only because of it.
func Infer(c *domaincheck.Case) {
	number := visibleNumber(c)
	if c.Site.State == "" {
		c.Site.State = domaincheck.StateUnfiled
		if number != nil || c.Site.RecordNumber != "" {
			c.Site.State = domaincheck.StateFiled
		}
		addInferred(c, "state")
	}
	if c.Site.Subject != nil && c.Site.Subject.Province != "" {
		return
	}
	province := declaredProvince(c)
	if province == "" && number != nil {
		province = number.Province
	}
	if province == "" {
		return
	}
	subject := domaincheck.Subject{}
	if c.Site.Subject != nil {
		subject = *c.Site.Subject
	}
	subject.Province = province
	c.Site.Subject = &subject
	addInferred(c, "subject.province")
}

func addInferred(c *domaincheck.Case, name string) {
	if !slices.Contains(c.Inferred, name) {
		c.Inferred = append(slices.Clip(c.Inferred), name)
	}
}

// declaredProvince is the province of the mark of a declared record number.
func declaredProvince(c *domaincheck.Case) domaincheck.Text {
	numbers := []domaincheck.Text{c.Site.RecordNumber}
	if c.Site.Subject != nil {
		numbers = append(numbers, c.Site.Subject.RecordNumber)
	}
	for _, n := range numbers {
		if n == "" {
			continue
		}
		if parsed, err := icp.ParseNumber(string(n)); err == nil && parsed.Province != "" {
			return parsed.Province
		}
	}
	return ""
}

// visibleNumber is the first record number of a site (not of an app) seen on
// the pages of the site's main and alias domains.
func visibleNumber(c *domaincheck.Case) *domaincheck.PageNumber {
	main := c.Site.MainDomain()
	for _, d := range c.Site.Domains {
		if !showsPage(d.Role) {
			continue
		}
		page := c.Observation.Of(d.Domain, main).Page
		if page == nil || page.Outcome != domaincheck.OutcomeOK {
			continue
		}
		for i := range page.RecordNumbers {
			if page.RecordNumbers[i].Suffix == "" {
				return &page.RecordNumbers[i]
			}
		}
	}
	return nil
}

// absenceSeen tells whether some page of the site was seen whole, so that a
// missing number is a fact.
func absenceSeen(c *domaincheck.Case) bool {
	main := c.Site.MainDomain()
	for _, d := range c.Site.Domains {
		if !showsPage(d.Role) {
			continue
		}
		if _, absent := pageSeen(c.Observation.Of(d.Domain, main).Page); absent {
			return true
		}
	}
	return false
}

// pageSeen tells what a look at a page is worth: o is the unknown outcome of
// rules that need to see the page (zero Result when it was seen), absence
// tells whether what is not there is truly absent.
func pageSeen(p *domaincheck.HomePage) (o outcome, absence bool) {
	switch {
	case p == nil:
		return unobserved("not_looked"), false
	case p.Outcome != domaincheck.OutcomeOK:
		return lookFailed(&p.Look), false
	case p.Challenge != "":
		return unobserved("challenge").seen(&p.Look).with("sign", string(p.Challenge)), false
	case p.Block != nil:
		return unobserved("page_blocked").seen(&p.Look), false
	case p.Status != nil && (*p.Status >= 400 || *p.Status >= 300 && len(p.RecordNumbers) == 0):
		return unobserved("status").seen(&p.Look).with("status", *p.Status), false
	case p.Truncated:
		return outcome{}, false
	case p.ScriptShell && !p.Rendered:
		return outcome{}, false
	}
	return outcome{}, true
}

// absentUnknown is the outcome of a rule that missed something on a page that
// was not seen whole.
func absentUnknown(p *domaincheck.HomePage) outcome {
	if p.Truncated {
		return unobserved("truncated").seen(&p.Look).with("bytes", p.Bytes)
	}
	return unobserved("script_shell").seen(&p.Look)
}

// readNumber reads the declared record number once.
func (e *eval) readNumber() {
	text := e.c.Site.RecordNumber
	if text == "" {
		text = e.subject.RecordNumber
		if text == "" {
			return
		}
		e.numbered = subjectNumber
	} else {
		e.numbered = siteNumber
	}
	n, err := icp.ParseNumber(string(text))
	if err != nil {
		e.numbered = badNumber
		return
	}
	e.number = n
	if n.Index == nil {
		e.numbered = subjectNumber
	}
}

// numberYear is the year in the declared number (the year in which the subject
// was first filed): 10 digits begin with yyyy, 8 digits with yy. 0 if unknown.
func (e *eval) numberYear() int {
	if e.numbered == noNumber || e.numbered == badNumber {
		return 0
	}
	_, digits, found := strings.Cut(e.number.Subject, "备")
	if !found {
		return 0
	}
	n := 0
	for n < len(digits) && digits[n] >= '0' && digits[n] <= '9' {
		n++
	}
	switch n {
	case 10:
		return atoi(digits[:4])
	case 8:
		return 2000 + atoi(digits[:2])
	}
	return 0
}

func atoi(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// sameSubject is [icp.SameSubject], quick for numbers written alike.
func sameSubject(a, b *domaincheck.Number) bool {
	return a.Subject != "" && (a.Subject == b.Subject || icp.SameSubject(*a, *b))
}
