package alert

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"domaincheck"
)

// Template is a wording of one's own for messages: a text/template that is
// given the [Facts] of one event. What it writes stands in the message in place
// of the built-in lines; the level and the domain in the first line, and the
// event's key in the last one, are put where it leaves them out, since people
// and programs rely on them.
type Template struct{ t *template.Template }

// Facts are what a template may say of one event, in the channel's language.
// What is not known, or does not apply to the kind, is empty.
type Facts struct {
	Kind     Kind   // opened, worse, reminder, deadline, resolved, summary, test
	Level    string // critical, high, medium, low, info
	Mark     string // what the first line begins with: 【高】, 【恢复】, [HIGH], [RESOLVED]
	Key      string
	Domain   string // A-label
	Unicode  string // the same for people
	Rule     string
	Target   string // what of the site it speaks of; empty: the site
	Subject  string // the unit or person, by name
	Provider string // the access provider, by name
	Tags     []string
	Since    string // 11-03 09:00, in Beijing
	DaysLeft string // to the deadline; negative once past

	Brief bool // one of many in a message: its head, deadline and key are enough

	Head        string // the built-in first line, level and domain in it
	Seen        string // what was seen, since when
	Consequence string
	Deadline    string // 2026-11-13（经验期限，非法定）
	Do          string
	Basis       string
	Ref         string // 单号 KEY
}

// The bounds of a template's text, and of what it writes of one event.
const (
	maxTemplate = 64 << 10
	maxWritten  = 16 << 10
)

// ParseTemplate reads a template. It is tried with an event of each kind, so
// that a fact that there is none is an error now and not when the alarm is due.
// Errors have code bad_settings and place name:line:column, as far as that is
// known.
func ParseTemplate(name, text string) (*Template, error) {
	if len(text) > maxTemplate {
		return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, name, "the template is longer than %d bytes", maxTemplate)
	}
	parsed, err := template.New(templateName).Parse(text)
	if err != nil {
		return nil, templateError(name, err)
	}
	t := &Template{parsed}
	for _, kind := range []Kind{Opened, Worse, Reminder, Deadline, Resolved, Summary, Test} {
		for _, full := range []bool{true, false} {
			if _, err := t.lines(sampleFacts(kind, full)); err != nil {
				return nil, templateError(name, err)
			}
		}
	}
	return t, nil
}

// sampleFacts are facts to try a template with: all of them, or as few as there
// may be.
func sampleFacts(kind Kind, full bool) *Facts {
	f := &Facts{Kind: kind, Level: "high", Mark: "【高】", Key: "0123456789ABCDEF", Domain: "example.cn", Unicode: "example.cn", Head: "【高】example.cn", Ref: "单号 0123456789ABCDEF"}
	if full {
		f.Rule, f.Target, f.Subject, f.Provider, f.Tags = "access.mainland", "www.example.cn", "acme", "aliyun", []string{"shop"}
		f.Since, f.DaysLeft, f.Seen, f.Consequence, f.Deadline, f.Do, f.Basis = "11-03 09:00", "3", "x", "x", "x", "x", "x"
	}
	return f
}

const templateName = "t"

// templateError takes the place out of an error of text/template, which gives
// it in words: "template: NAME:LINE[:COLUMN]: what".
func templateError(name string, err error) error {
	place, what := name, err.Error()
	if m := regexp.MustCompile(`^template: ` + templateName + `:([0-9]+)(?::([0-9]+))?: (.*)$`).FindStringSubmatch(what); m != nil {
		place, what = name+":"+m[1], m[3]
		if column, bad := strconv.Atoi(m[2]); bad == nil {
			place += ":" + strconv.Itoa(column+1)
		}
		what = strings.TrimPrefix(what, `executing "`+templateName+`" at `)
	}
	return domaincheck.Errorf(domaincheck.CodeBadSettings, place, "the template cannot be used: %s", clean(what, 300)).
		WithHint("the facts are .Head .Mark .Kind .Level .Key .Domain .Unicode .Rule .Target .Subject .Provider .Tags .Since .DaysLeft .Brief .Seen .Consequence .Deadline .Do .Basis .Ref")
}

var errLong = errors.New("it writes more than a message holds")

// bounded is a buffer that takes so many bytes at most.
type bounded struct {
	bytes.Buffer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errLong
	}
	return b.Buffer.Write(p)
}

var _ io.Writer = (*bounded)(nil)

// lines are what the template writes of an event, without empty lines.
func (t *Template) lines(f *Facts) ([]string, error) {
	b := &bounded{left: maxWritten}
	if err := t.t.Execute(b, f); err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.SplitSeq(b.String(), "\n") {
		if line = strings.TrimRight(visible(line), " "); strings.TrimSpace(line) != "" {
			out = append(out, line)
		}
	}
	return out, nil
}

// block words an event by the template; ok is false where it fails with these
// facts, and the built-in wording must do.
func (t *Template) block(e *Event, f *Facts) (b Block, ok bool) {
	lines, err := t.lines(f)
	if err != nil {
		return b, false
	}
	b = Block{Event: e, Head: f.Head, Ref: f.Ref}
	for i, line := range lines {
		switch {
		case i == 0 && strings.HasPrefix(line, f.Mark) && (strings.Contains(line, f.Domain) || strings.Contains(line, f.Unicode)):
			b.Head = line
		case line != f.Ref:
			b.Lines = append(b.Lines, Line{Text: line})
		}
	}
	return b, true
}
