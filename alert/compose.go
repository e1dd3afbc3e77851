package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"domaincheck"
)

// Words supplies the sentences, in a language ("en", else Chinese): package
// alert holds none about rules, risks or providers. The edge takes them from
// the rule book and the table of signals.
type Words interface {
	Finding(f domaincheck.Finding, lang string) Sentence
	Risk(r domaincheck.Risk, lang string) Consequence
	Provider(id, lang string) string
}

// Sentence is a finding in words.
type Sentence struct {
	Summary string
	Fix     string
	Basis   []string
}

// Consequence is a risk in words.
type Consequence struct {
	Outcome  string // 取消接入
	Chain    string // 取消接入→空壳网站→注销备案; empty: the outcome alone
	Deadline string // 2026-11-13（经验期限，非法定）; empty: none
	Fix      string
	Basis    []string
}

// Block is one event in words.
type Block struct {
	Event *Event
	Head  string // 【高】example.cn …; always names level or 恢复, and the domain
	Lines []Line
	Ref   string // 单号 KEY
}

// Line is one labelled line of a block.
type Line struct{ Label, Text string }

// Piece is one message: what fits into one call of a service.
type Piece struct {
	Blocks []Block
}

// Limits are what one message of a service takes.
type Limits struct {
	Bytes  int // of the text, in UTF-8; 0: no limit
	Blocks int // events; 0: no limit
}

// Options of Compose.
type Options struct {
	Lang   string // en, else Chinese
	Words  Words
	Limits Limits
	// Full is up to how many events each is told at length; beyond it each has
	// its head, its deadline and its key only. 0 is 3.
	Full     int
	Template *Template // instead of the built-in wording; nil: that
}

// Compose writes events as messages, in their order, and begins a new message
// where the next event would not fit. Every event has its own head, which names
// level and domain, and its own key; nothing is summed up as "and N more". An
// event that fits no message even alone is shortened; its head and key never
// go.
func Compose(events []Event, o Options) []Piece {
	v := voice{zh: o.Lang != "en", lang: "zh", words: o.Words}
	if !v.zh {
		v.lang = "en"
	}
	brief := len(events) > cmp.Or(o.Full, 3)
	var pieces []Piece
	size := 0
	for i := range events {
		b := v.block(&events[i], brief)
		if o.Template != nil {
			if own, ok := o.Template.block(&events[i], v.facts(&events[i], brief)); ok {
				b = own
			}
		}
		b.fit(o.Limits.Bytes)
		n := len(b.Text()) + len(blockGap)
		last := len(pieces) - 1
		if last < 0 || o.Limits.Bytes > 0 && size+n > o.Limits.Bytes || o.Limits.Blocks > 0 && len(pieces[last].Blocks) >= o.Limits.Blocks {
			pieces = append(pieces, Piece{})
			last, size = last+1, 0
		}
		pieces[last].Blocks = append(pieces[last].Blocks, b)
		size += n
	}
	return pieces
}

const blockGap = "\n\n"

// Text is the piece as plain text.
func (p Piece) Text() string {
	texts := make([]string, len(p.Blocks))
	for i := range p.Blocks {
		texts[i] = p.Blocks[i].Text()
	}
	return strings.Join(texts, blockGap)
}

// Title is the first head.
func (p Piece) Title() string {
	if len(p.Blocks) == 0 {
		return ""
	}
	return p.Blocks[0].Head
}

// Text is the block as plain text: head, lines, key, one a line.
func (b Block) Text() string {
	lines := []string{b.Head}
	for _, l := range b.Lines {
		lines = append(lines, l.String())
	}
	return strings.Join(append(lines, b.Ref), "\n")
}

// String is the line with its label.
func (l Line) String() string { return l.Label + l.Text }

// fit shortens the block to limit bytes: its lines from the last, then its
// head.
func (b *Block) fit(limit int) {
	if limit <= 0 {
		return
	}
	for over := len(b.Text()) - limit; over > 0 && len(b.Lines) > 0; over = len(b.Text()) - limit {
		last := &b.Lines[len(b.Lines)-1]
		if keep := len(last.Text) - over; keep > 16 {
			last.Text = cut(last.Text, keep)
		} else {
			b.Lines = b.Lines[:len(b.Lines)-1]
		}
	}
	if over := len(b.Text()) - limit; over > 0 {
		b.Head = cut(b.Head, max(len(b.Head)-over, 0))
	}
}

// cut shortens a text to n bytes, a mark included, between characters.
func cut(s string, n int) string {
	const mark = "…"
	if len(s) <= n {
		return s
	}
	if n < len(mark) {
		return ""
	}
	i := n - len(mark)
	for i > 0 && !utf8.RuneStart(s[i]) {
		i--
	}
	return s[:i] + mark
}

// voice speaks one language.
type voice struct {
	zh    bool
	lang  string
	words Words
}

func (v voice) say(zh, en string) string {
	if v.zh {
		return zh
	}
	return en
}

// Level is a level as it stands in front of a message.
func Level(s domaincheck.Severity, lang string) string {
	v := voice{zh: lang != "en"}
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

// block writes one event; brief leaves the lines out but for the deadline.
func (v voice) block(e *Event, brief bool) Block {
	f := v.facts(e, brief)
	b := Block{Event: e, Head: f.Head, Ref: f.Ref}
	add := func(zh, en, text string) {
		if text != "" {
			b.Lines = append(b.Lines, Line{v.say(zh, en), text})
		}
	}
	if e.Kind == Test {
		add("说明：", "About: ", v.say("这是一条测试消息，没有站点出问题。", "This is a test message; nothing is wrong with any site."))
		return b
	}
	if !brief {
		add("看到：", "Seen: ", f.Seen)
		add("后果：", "Consequence: ", f.Consequence)
	}
	add("期限：", "Deadline: ", f.Deadline)
	if !brief {
		add("现在要做：", "Do now: ", f.Do)
		add("依据：", "Basis: ", f.Basis)
	}
	return b
}

// facts are an event in words, each fact by itself.
func (v voice) facts(e *Event, brief bool) *Facts {
	line := func(text string) string { return clean(text, 900) }
	f := &Facts{
		Kind: e.Kind, Level: string(e.Level), Mark: v.mark(e), Key: e.Key, Domain: string(e.Domain), Unicode: string(cmp.Or(e.Unicode, e.Domain)), Rule: e.Rule,
		Target: domaincheck.Unicode(string(e.Target)), Subject: line(string(cmp.Or(e.SubjectName, e.Subject))), Since: when(e.Since, e.At), Brief: brief,
		Head: v.head(e), Ref: v.say("单号 ", "ref ") + e.Key,
	}
	for _, tag := range e.Tags {
		f.Tags = append(f.Tags, line(tag))
	}
	if e.Provider != "" {
		f.Provider = line(v.words.Provider(string(e.Provider), v.lang))
	}
	if e.Kind == Test {
		return f
	}
	s := v.words.Finding(e.Finding, v.lang)
	f.Seen = line(v.seen(e, s))
	if e.Kind == Resolved {
		return f
	}
	if e.DaysLeft != nil {
		f.DaysLeft = strconv.Itoa(*e.DaysLeft)
	}
	var risks []Consequence
	for _, r := range e.Risks {
		risks = append(risks, v.words.Risk(r, v.lang))
	}
	f.Consequence, f.Deadline = line(v.chain(risks)), line(v.deadline(e, risks))
	f.Do, f.Basis = line(v.todo(s, risks)), line(v.basis(s, risks))
	return f
}

// mark is what the first line begins with: the level, or that it is over.
func (v voice) mark(e *Event) string {
	switch e.Kind {
	case Test:
		return v.say("【测试】", "[TEST]")
	case Resolved:
		return v.say("【恢复】", "[RESOLVED]")
	}
	return Level(e.Level, v.lang)
}

// head is the first line: level or recovery, the domain, what may come.
func (v voice) head(e *Event) string {
	name := clean(string(cmp.Or(e.Unicode, e.Domain)), 260)
	if e.Unicode != "" && e.Unicode != e.Domain {
		name += v.say("（", " (") + clean(string(e.Domain), 260) + v.say("）", ")")
	}
	mark := v.mark(e)
	if !v.zh {
		mark += " "
	}
	switch e.Kind {
	case Test:
		return mark + name + v.say(" 通知渠道测试", " channel test")
	case Resolved:
		return mark + name + v.say(" 已恢复：", " recovered: ") + v.summary(e)
	case Worse:
		return mark + name + v.say(" 升级：", " got worse: ") + v.may(e)
	case Reminder, Summary:
		return mark + name + v.say(" 仍未解决：", " still open: ") + v.may(e)
	case Deadline:
		return mark + name + v.left(e) + v.may(e)
	}
	return mark + name + " " + v.may(e)
}

func (v voice) left(e *Event) string {
	switch {
	case e.DaysLeft == nil:
		return " "
	case *e.DaysLeft <= 0:
		return v.say(" 期限就在今天：", " is due today: ")
	case *e.DaysLeft == 1:
		return v.say(" 离期限还有 1 天：", " has 1 day left: ")
	}
	return fmt.Sprintf(v.say(" 离期限还有 %d 天：", " has %d days left: "), *e.DaysLeft)
}

// summary is the finding in one short line.
func (v voice) summary(e *Event) string {
	return clean(v.words.Finding(e.Finding, v.lang).Summary, 160)
}

// may says what may come of it: the worst risk, else what is the matter.
func (v voice) may(e *Event) string {
	if len(e.Risks) == 0 {
		return v.summary(e)
	}
	r := e.Risks[0]
	by := ""
	if r.Provider != "" {
		by = clean(v.words.Provider(string(r.Provider), v.lang), 80)
	}
	outcome := ""
	switch r.Outcome {
	case domaincheck.RiskBlock:
		outcome = v.say("可能被阻断访问", "may be blocked")
	case domaincheck.RiskDeAccess:
		outcome = v.say("可能被"+by+"取消接入", "may lose its access")
		if by != "" && !v.zh {
			outcome += " at " + by
		}
	case domaincheck.RiskEmptyShell:
		outcome = v.say("可能成为空壳网站", "may become an empty shell")
		if r.Subject {
			outcome = v.say("可能成为空壳网站、主办单位成为空壳主体", "and its subject may become empty shells")
		}
	case domaincheck.RiskDeregistration:
		outcome = v.say("可能被注销备案", "may lose its filing")
	case domaincheck.RiskFine:
		outcome = v.say("可能被罚款", "may be fined")
	case domaincheck.RiskNotFileable:
		outcome = v.say("暂不能备案", "cannot be filed now")
	default:
		return v.summary(e)
	}
	return outcome
}

// seen is what was seen, of what, since when.
func (v voice) seen(e *Event, s Sentence) string {
	text := s.Summary
	if t := string(e.Target); t != "" && t != string(e.Domain) && !strings.Contains(text, t) && !strings.Contains(text, domaincheck.Unicode(t)) {
		text = domaincheck.Unicode(t) + v.say("：", ": ") + text
	}
	since := when(e.Since, e.At)
	if since == "" {
		return text
	}
	if e.Kind == Resolved {
		return text + v.say("（自 ", " (was bad from ") + since + v.say(" 起的问题）", ")")
	}
	return text + v.say("（自 ", " (since ") + since + v.say("）", ")")
}

// when is an instant for people, in Beijing; with its year where that is not
// the present one.
func when(i, now domaincheck.Instant) string {
	switch {
	case i.IsZero():
		return ""
	case i.Day().Year != now.Day().Year:
		return i.In(domaincheck.Beijing()).Format("2006-01-02 15:04")
	}
	return i.In(domaincheck.Beijing()).Format("01-02 15:04")
}

func (v voice) chain(risks []Consequence) string {
	var parts []string
	for _, r := range risks {
		if text := cmp.Or(r.Chain, r.Outcome); text != "" && !slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(p, text) }) {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, v.say("；", "; "))
}

// deadline is that of the risk whose date the event took.
func (v voice) deadline(e *Event, risks []Consequence) string {
	for i, r := range e.Risks {
		if !e.Deadline.IsZero() && r.Deadline == e.Deadline && risks[i].Deadline != "" {
			return risks[i].Deadline
		}
	}
	return ""
}

func (v voice) todo(s Sentence, risks []Consequence) string {
	steps := distinct(s.Fix)
	for _, r := range risks {
		steps = distinct(append(steps, r.Fix)...)
	}
	if len(steps) < 2 {
		return strings.Join(steps, "")
	}
	for i := range steps {
		steps[i] = string(rune('①'+min(i, 19))) + " " + steps[i]
	}
	return strings.Join(steps, " ")
}

func (v voice) basis(s Sentence, risks []Consequence) string {
	all := slices.Clone(s.Basis)
	for _, r := range risks {
		all = append(all, r.Basis...)
	}
	all = distinct(all...)
	if len(all) > 4 {
		all = all[:4]
	}
	for i := range all {
		all[i] = clean(all[i], 200)
	}
	return strings.Join(all, v.say("；", "; "))
}

// distinct drops empty and repeated texts.
func distinct(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// clean makes one line of a text that strangers may have written: no control
// or format characters, at most n runes.
func clean(s string, n int) string {
	s = strings.Join(strings.Fields(visible(s)), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// visible makes one line of a text, without control and format characters.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
}
