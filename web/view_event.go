package web

import (
	"net/url"
	"strings"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
)

func queryEscape(s string) string { return url.QueryEscape(s) }

// eventView is one event in words.
type eventView struct {
	ID                  int64
	Key, Domain, Label  string
	Kind, KindClass     string
	Level, LevelWord    string
	Rule, Target        string
	Text                string
	At, Ago             string
	Day, Left, Term     string
	Finding             string // anchor on the site's page
	SubjectName, Tagged string
}

func (t tongue) eventKind(k alert.Kind) (word, class string) {
	switch k {
	case alert.Opened:
		return t.say("新出现", "Opened"), "fail"
	case alert.Worse:
		return t.say("变严重", "Worse"), "fail"
	case alert.Reminder:
		return t.say("提醒", "Reminder"), "info"
	case alert.Deadline:
		return t.say("期限将近", "Deadline near"), "clock"
	case alert.Resolved:
		return t.say("已恢复", "Resolved"), "pass"
	case alert.Test:
		return t.say("测试", "Test"), "info"
	case alert.Summary:
		return t.say("汇总", "Digest"), "info"
	}
	return clean(string(k)), "info"
}

// event says an event in words.
func (w words) event(id int64, e *alert.Event) eventView {
	v := eventView{ID: id, Key: clean(e.Key), Domain: string(e.Domain), Label: siteLabel(string(e.Domain)), Level: string(e.Level), LevelWord: w.severity(e.Level),
		Rule: clean(e.Rule), Target: siteLabel(string(e.Target)), At: w.short(e.At.Time), Ago: w.ago(e.At.Time), Finding: findingID(e.Rule, string(e.Target)), SubjectName: clean(string(e.SubjectName))}
	v.Kind, v.KindClass = w.eventKind(e.Kind)
	if v.Target == v.Label {
		v.Target = ""
	}
	v.Text = clean(w.book.Explain(e.Finding, w.lang).Summary)
	if !e.Deadline.IsZero() && e.Kind != alert.Resolved {
		day := e.Deadline.Day()
		v.Day, v.Left, v.Term = day.String(), w.left(day), w.deadlineKind(string(e.DeadlineKind))
	}
	return v
}

func (w words) events(list []store.Event) []eventView {
	var out []eventView
	for i := range list {
		out = append(out, w.event(list[i].ID, &list[i].Event))
	}
	return out
}

// deliveryView is one row of the outbox in words.
type deliveryView struct {
	ID                 int64
	Channel            string
	Kind               string
	State, Class, Word string
	Domains            string
	Queued, Next, Last string
	Attempts           int
	Code, Message      string
	Dead               bool
	Level              string
}

func (w words) delivery(d *store.DeliveryRow) deliveryView {
	v := deliveryView{ID: d.ID, Channel: clean(d.Channel), State: d.State, Queued: w.short(d.QueuedAt.Time), Attempts: d.Attempts, Code: clipped(d.Code, 40), Message: clipped(d.Message, 240)}
	v.Kind, _ = w.eventKind(d.Kind)
	switch d.State {
	case "delivered":
		v.Class, v.Word, v.Last = "pass", w.say("已送达", "Delivered"), w.short(d.SettledAt)
	case "dead":
		v.Class, v.Word, v.Last, v.Dead = "fail", w.say("放弃投递", "Dead letter"), w.short(d.SettledAt), true
	default:
		v.Class, v.Word = "unknown", w.say("等待投递", "Waiting")
		if d.Attempts > 0 {
			v.Class, v.Word = "medium", w.say("重试中", "Retrying")
			v.Next = w.short(d.NextTry.Time)
		}
	}
	var names []string
	worst := domaincheck.Severity("")
	for i := range d.Events {
		if name := siteLabel(string(d.Events[i].Domain)); name != "" && len(names) < 4 && (len(names) == 0 || names[len(names)-1] != name) {
			names = append(names, name)
		}
		if d.Events[i].Level.Rank() > worst.Rank() {
			worst = d.Events[i].Level
		}
	}
	v.Domains, v.Level = strings.Join(names, w.say("、", ", ")), string(worst)
	if n := len(d.Events); n > len(names) && len(names) > 0 {
		v.Domains += w.sayf("（共 %d 条）", " (%d in all)", n)
	}
	return v
}

func (w words) deliveries(rows []store.DeliveryRow) []deliveryView {
	var out []deliveryView
	for i := range rows {
		out = append(out, w.delivery(&rows[i]))
	}
	return out
}

// holdView is a silence, window, false alarm or acknowledgement in words.
type holdView struct {
	ID, Kind, Word      string
	What                string
	Owner, Reason       string
	Starts, Ends, Since string
	Standing            bool
	EndedBy             string
	FromFile            bool
	Site                string
}

func (t tongue) holdKind(kind string) string {
	switch kind {
	case store.HoldSilence:
		return t.say("静默", "Silence")
	case store.HoldMaintenance:
		return t.say("维护窗口", "Maintenance")
	case store.HoldSuppression:
		return t.say("误报", "False alarm")
	case store.HoldAcknowledgement:
		return t.say("已确认变更", "Acknowledged change")
	}
	return clean(kind)
}

// matched says what a match chooses.
func (w words) matched(m alert.Match) string {
	var parts []string
	put := func(zh, en string, list []string, name func(string) string) {
		if len(list) == 0 {
			return
		}
		var out []string
		for _, v := range list {
			out = append(out, name(v))
		}
		parts = append(parts, w.say(zh, en)+" "+strings.Join(out, w.say("、", ", ")))
	}
	put("域名", "domain", m.Domains, siteLabel)
	put("规则", "rule", m.Rules, clean)
	put("标签", "tag", m.Tags, clean)
	put("主办单位", "subject", m.Subjects, clean)
	put("接入商", "provider", m.Providers, w.provider)
	if len(parts) == 0 {
		return w.say("全部", "everything")
	}
	return strings.Join(parts, w.say("；", "; "))
}

func (w words) hold(h *HoldItem) holdView {
	v := holdView{ID: h.ID, Kind: h.Kind, Word: w.holdKind(h.Kind), Owner: clean(h.Owner), Reason: clipped(h.Reason, 400), Since: w.short(h.CreatedAt.Time), EndedBy: clean(string(h.EndedBy)),
		FromFile: h.ReadOnly, Standing: h.Active}
	if !h.From.IsZero() && h.From.After(w.now) {
		v.Starts, v.Standing = w.instant(h.From.Time), h.EndedAt.IsZero()
	}
	switch {
	case !h.EndedAt.IsZero():
		v.Ends = w.instant(h.EndedAt.Time)
	case !h.Until.IsZero():
		v.Ends = w.instant(h.Until.Time)
	}
	if h.Match != nil {
		v.What = w.matched(alert.Match(*h.Match))
		if len(h.Match.Domains) == 1 {
			v.Site = h.Match.Domains[0]
		}
		return v
	}
	v.Site, v.What = string(h.Domain), siteLabel(string(h.Domain))+" · "+clean(string(h.Rule))
	if h.Target != "" {
		v.What += " · " + siteLabel(string(h.Target))
	}
	if v.Ends == "" {
		v.Ends = w.say("证据改变时", "when the evidence changes")
	}
	return v
}
