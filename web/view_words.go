package web

import (
	"fmt"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/present"
)

// tongue speaks one language of the dashboard, "zh" or "en", as of one moment.
// Every text of a page stands in both languages where it is used: there is no
// catalogue that could miss one.
type tongue struct {
	lang string
	zone *time.Location
	now  time.Time
}

func (t tongue) say(zh, en string) string {
	if t.lang == "en" {
		return en
	}
	return zh
}

func (t tongue) sayf(zh, en string, args ...any) string { return fmt.Sprintf(t.say(zh, en), args...) }

// clean makes remote text fit to be shown: no control or direction characters.
// Markup is the templates' business, which escape everything.
func clean(s string) string { return present.Clean(s) }

// clipped is cleaned text of at most n characters.
func clipped(s string, n int) string {
	runes := []rune(clean(s))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n]) + "…"
}

// severity is the word for a level, without brackets.
func (t tongue) severity(s domaincheck.Severity) string {
	switch s {
	case domaincheck.Critical:
		return t.say("紧急", "Critical")
	case domaincheck.High:
		return t.say("高", "High")
	case domaincheck.Medium:
		return t.say("中", "Medium")
	case domaincheck.Low:
		return t.say("低", "Low")
	case domaincheck.Info:
		return t.say("提示", "Info")
	}
	return t.say("无风险", "No risk")
}

func (t tongue) verdict(v domaincheck.Verdict) string {
	switch v {
	case domaincheck.VerdictPass:
		return t.say("符合", "Pass")
	case domaincheck.VerdictFail:
		return t.say("不符合", "Fail")
	case "":
		return t.say("还没查过", "Not checked yet")
	}
	return t.say("暂时无法判断", "Unknown")
}

func (t tongue) result(r domaincheck.Result) string { return present.Result(r, t.lang) }

func (t tongue) state(s domaincheck.SiteState) string { return present.State(s, t.lang) }

func (t tongue) certainty(c domaincheck.Certainty) string {
	switch c {
	case domaincheck.CertainOK:
		return t.say("正常", "fine")
	case domaincheck.Suspected:
		return t.say("待确认：再看到一次才算数", "suspected: one more look decides")
	case domaincheck.Confirmed:
		return t.say("已确认", "confirmed")
	case domaincheck.Recovering:
		return t.say("正在恢复", "recovering")
	case domaincheck.Flapping:
		return t.say("时好时坏", "flapping")
	case domaincheck.CertainGone:
		return t.say("太久没查到", "not seen for too long")
	}
	return t.say("还不知道", "not known yet")
}

func (t tongue) part(name string) string {
	switch name {
	case "registration":
		return t.say("域名注册信息", "Registration")
	case "resolution":
		return t.say("域名解析", "DNS")
	case "page":
		return t.say("网站首页", "Home page")
	case "record":
		return t.say("备案记录", "Filing record")
	}
	return clean(name)
}

func (t tongue) kind(k domaincheck.Kind) string {
	switch k {
	case domaincheck.KindUnit:
		return t.say("单位", "Unit")
	case domaincheck.KindIndividual:
		return t.say("个人", "Individual")
	}
	return ""
}

func (t tongue) access(s domaincheck.AccessState) string {
	switch s {
	case domaincheck.AccessPending:
		return t.say("办理中", "pending")
	case domaincheck.AccessNotice:
		return t.say("被通知", "under notice")
	case domaincheck.AccessCancelled:
		return t.say("已取消", "cancelled")
	}
	return t.say("有效", "active")
}

func (t tongue) role(r domaincheck.Role) string {
	switch r {
	case domaincheck.RoleMain:
		return t.say("主域名", "main")
	case domaincheck.RoleAlias:
		return t.say("别名", "alias")
	case domaincheck.RoleRedirect:
		return t.say("跳转", "redirect")
	case domaincheck.RoleAPI:
		return t.say("接口", "API")
	case domaincheck.RoleStatic:
		return t.say("静态资源", "static")
	case domaincheck.RoleMail:
		return t.say("邮件", "mail")
	case domaincheck.RoleDefensive:
		return t.say("保护性注册", "defensive")
	}
	return clean(string(r))
}

// outcome is the word for how a look ended.
func (t tongue) outcome(o domaincheck.Outcome) string {
	switch o {
	case domaincheck.OutcomeOK:
		return t.say("查到", "seen")
	case domaincheck.OutcomeAbsent:
		return t.say("不存在", "does not exist")
	}
	return present.Outcome(o, t.lang)
}

// instant is a moment to the minute, in the zone of the settings.
func (t tongue) instant(at time.Time) string {
	if at.IsZero() {
		return "—"
	}
	return at.In(t.zone).Format("2006-01-02 15:04")
}

// short leaves the year out where it is this one.
func (t tongue) short(at time.Time) string {
	if at.IsZero() {
		return "—"
	}
	at = at.In(t.zone)
	if at.Year() == t.now.In(t.zone).Year() {
		return at.Format("01-02 15:04")
	}
	return at.Format("2006-01-02")
}

// ago says how long a moment is past, roughly.
func (t tongue) ago(at time.Time) string {
	if at.IsZero() {
		return t.say("从未", "never")
	}
	d := t.now.Sub(at)
	switch {
	case d < 0:
		return t.short(at)
	case d < time.Minute:
		return t.say("刚刚", "just now")
	case d < time.Hour:
		return t.sayf("%d 分钟前", "%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return t.sayf("%d 小时前", "%d h ago", int(d.Hours()))
	}
	return t.sayf("%d 天前", "%d days ago", int(d.Hours()/24))
}

// span says how long something lasts, roughly.
func (t tongue) span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return t.sayf("%d 秒", "%d s", int(d.Seconds()))
	case d < time.Hour:
		return t.sayf("%d 分钟", "%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return t.sayf("%d 小时", "%d h", int(d.Hours()))
	}
	return t.sayf("%d 天", "%d days", int(d.Hours()/24))
}

// left says how many Beijing days are left until a day.
func (t tongue) left(day domaincheck.Date) string {
	switch n := domaincheck.DateOf(t.now).DaysUntil(day); {
	case n == 0:
		return t.say("今天", "today")
	case n == 1:
		return t.say("明天", "tomorrow")
	case n == -1:
		return t.say("昨天已到", "since yesterday")
	case n < 0:
		return t.sayf("已过 %d 天", "%d days past", -n)
	default:
		return t.sayf("还有 %d 天", "%d days left", n)
	}
}

// number writes a count with its thousands apart.
func number(n int64) string {
	digits := fmt.Sprint(n)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// share is a part of a whole in per cent of width, at least a sliver where
// there is anything.
func share(n, of int64, width float64) float64 {
	if n <= 0 || of <= 0 {
		return 0
	}
	return max(width*float64(n)/float64(of), width*.006)
}

// siteLabel is how a site is called: the U-label where there is one.
func siteLabel(domain string) string { return clean(domaincheck.Unicode(domain)) }
