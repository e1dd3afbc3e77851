package web_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"domaincheck/store"
	"domaincheck/web"
	"domaincheck/web/webtest"
)

// TestDashboard drives the pages as people do, in one Chromium.
func TestDashboard(t *testing.T) {
	d := openDashboard(t)
	b := openBrowser(t)
	b.base = d.base
	// Each step is a person's errand; a later one may rest on what an earlier
	// one left in the store.
	t.Run("overview", func(t *testing.T) { b.t = t; overviewTells(b) })
	t.Run("filters", func(t *testing.T) { b.t = t; filtersNarrow(b) })
	t.Run("site", func(t *testing.T) { b.t = t; siteExplains(b) })
	t.Run("check now", func(t *testing.T) { b.t = t; checkNow(b, d) })
	t.Run("silence", func(t *testing.T) { b.t = t; silence(b) })
	t.Run("false alarm", func(t *testing.T) { b.t = t; falseAlarm(b, d) })
	t.Run("bulk", func(t *testing.T) { b.t = t; bulk(b, d) })
	t.Run("import", func(t *testing.T) { b.t = t; importLedger(b, d) })
	t.Run("channels and deliveries", func(t *testing.T) { b.t = t; channels(b) })
	t.Run("case", func(t *testing.T) { b.t = t; workDesk(b) })
	t.Run("languages and themes", func(t *testing.T) { b.t = t; preferences(b) })
	t.Run("hostile text", func(t *testing.T) { b.t = t; probes(b) })
	t.Run("axe", func(t *testing.T) { b.t = t; axe(b) })
	t.Run("login and roles", func(t *testing.T) { b.t = t; loginAndRoles(b, d) })
	b.t = t
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, url := range b.requests {
		if !strings.HasPrefix(url, "http://127.0.0.1:") && !strings.HasPrefix(url, "data:") && url != "about:blank" {
			t.Errorf("a page asked for %s", url)
		}
	}
	for _, text := range b.trouble {
		t.Errorf("the browser complains: %s", text)
	}
	if b.dialogs > 0 {
		t.Errorf("%d dialogs were opened: text became program", b.dialogs)
	}
}

func overviewTells(b *browser) {
	b.cookie("lang", "zh")
	b.open("/")
	b.see("h1", "个站点有危险")
	b.see(".todo", "chunhua.com.cn", "域名被暂停解析", "现在要做：", "经验期限，非法定", "nanfeng.net", "通知上的期限")
	b.see("main", "未来 90 天的期限", "按省份", "北京", "按接入商", "阿里云", "24 小时内查到了吗", "最新动态")
	if n := b.count(".weeks > li"); n != 13 {
		b.t.Errorf("the time line has %d weeks", n)
	}
	failed := strings.Fields(b.text(".tallies a:first-child"))[0]
	b.press(".tallies a:first-child")
	if rows := fmt.Sprint(b.count("tbody tr")); rows != failed {
		b.t.Errorf("%s sites fail, the list behind it has %s", failed, rows)
	}
}

func filtersNarrow(b *browser) {
	b.open("/sites")
	b.fill("input[name=q]", "云帆")
	b.press("form.filters button")
	b.see("tbody", "yunfan-shop.cn", "yunfan-doc.cn", "北京云帆科技有限公司")
	if n := b.count("tbody tr"); n != 4 {
		b.t.Errorf("云帆 finds %d sites", n)
	}
	b.open("/sites")
	b.fill("select[name=province]", "广东")
	b.press("form.filters button")
	b.see("tbody", "feiyu-tech.cn", "jinxiu-home.cn")
	if n := b.count("tbody tr"); n != 2 {
		b.t.Errorf("广东 has %d sites", n)
	}
	if at := evaluate[string](b, "location.search"); at != "?province=%E5%B9%BF%E4%B8%9C" {
		b.t.Errorf("the address of the filtered list is %s", at)
	}
	b.open("/sites?sort=expiry")
	b.see("tbody tr:first-child", "qingning.cn")
	b.press(`th[aria-sort=ascending] a`)
	b.see("tbody tr:first-child", "xueding.cn")
	b.open("/sites?risk=critical&provider=aliyun")
	b.see("tbody", "nanfeng.net", "收到核查或取消接入通知")
}

func siteExplains(b *browser) {
	b.open("/sites/yunfan-shop.cn")
	b.see(".hero", "可能被阿里云取消接入", "取消接入", "空壳网站", "注销备案", "现在要做", "经验期限，非法定")
	b.see(".finding", "解析到境内", "8.210.33.7", "已确认", "近 60 天不符合 1 次", "依据")
	b.see("main", "没有主机解析到备案接入商的境内节点", "京ICP备12345678号-1", "发出的消息", "mailbox unavailable: <b>ops@example.com</b>")
	b.see(".snippet mark", "京ICP备12345678号-1")
	if b.count(".path-box svg .node.bad") == 0 || b.count(".strip svg rect.f-high") == 0 || b.count(".phases li") < 4 {
		b.t.Error("the path, the strips or the phases are not drawn")
	}
	order := evaluate[bool](b, `document.querySelector(".hero").compareDocumentPosition(document.querySelector(".finding")) === Node.DOCUMENT_POSITION_FOLLOWING`)
	if !order {
		b.t.Error("the verdict does not stand first")
	}
	b.open("/sites/www.YUNFAN-shop.cn")
	if at := evaluate[string](b, "location.pathname"); at != "/sites/yunfan-shop.cn" {
		b.t.Errorf("a sub-domain in capitals leads to %s", at)
	}
	b.open("/sites/qingning.cn")
	b.see("main", "宽限期", "赎回期", "域名已过期")
	b.open("/sites/nobody.example.cn")
	b.see("main", "没有这个页面或站点")
}

// checkNow presses the button; the daemon of the test looks when it is told.
func checkNow(b *browser, d *dashboard) {
	b.open("/sites/yunfan-doc.cn")
	b.press("form[action$='/check'] button")
	if b.count("[data-progress]") != 1 || b.count("[data-part][data-done=no]") == 0 {
		b.t.Error("there is no progress to be seen")
	}
	select {
	case site := <-d.asked:
		if site != "yunfan-doc.cn" {
			b.t.Fatalf("asked for %q", site)
		}
	case <-b.tab.Done():
		b.t.Fatal("nobody was asked")
	}
	if asked, err := d.db.Asked(b.tab); err != nil || asked != 1 {
		b.t.Errorf("%d checks are asked for, %v", asked, err)
	}
	if err := d.world.LookAgain(b.tab, d.db, "yunfan-doc.cn", time.Now()); err != nil {
		b.t.Fatal(err)
	}
	b.until(`!document.querySelector("[data-progress]") && !location.search.includes("asked")`)
	b.see("main", "查看情况")
}

func silence(b *browser) {
	b.open("/sites/xueding.cn")
	b.fill("#silence input[name=reason]", "机房搬迁 <b>今晚</b>")
	b.press("#silence button")
	b.see(".flash", "已静默")
	b.see("main", "正在静默", "机房搬迁 <b>今晚</b>", "local")
	b.open("/silences")
	b.see("tbody", "xueding.cn", "机房搬迁")
	b.press("tbody form button")
	b.see("main", "没有。")
	b.open("/audit")
	b.see("tbody", "local", "静默")
}

func falseAlarm(b *browser, d *dashboard) {
	b.open("/sites/yunfan-shop.cn")
	b.must(chromedp.Do(b.tab, chromedp.Click(".finding details:last-of-type summary")))
	b.fill("form[action$='/suppress'] input[name=reason]", "测试节点")
	b.press("form[action$='/suppress'] button")
	b.see(".finding", "已记为误报", "测试节点")
	holds, err := d.db.Holds(b.tab, store.HoldSuppression, false)
	if err != nil || len(holds) != 1 || holds[0].Reason != "测试节点" {
		b.t.Errorf("holds: %+v, %v", holds, err)
	}
}

func bulk(b *browser, d *dashboard) {
	b.open("/sites?q=华夏")
	b.must(chromedp.Do(b.tab, chromedp.Click("input[data-all]")))
	b.see("[data-picked]", "已选 1 个")
	b.fill("#tag", "季度检查")
	b.press("button[value=tag]")
	b.see(".flash", "标签已改")
	b.see("tbody", "#季度检查")
	mem, err := d.db.Load(b.tab, "huaxia-print.com")
	if err != nil || !strings.Contains(strings.Join(mem.Site.Tags, " "), "季度检查") {
		b.t.Errorf("tags %v, %v", mem.Site.Tags, err)
	}
	b.press("button[value=check]")
	b.see(".flash", "没有选中站点")
}

func importLedger(b *browser, d *dashboard) {
	file := filepath.Join(b.t.TempDir(), "台账.csv")
	rows := "域名,网站名称,主办单位名称,主体备案号\nnew-one.cn,新站一,北京新站有限公司,京ICP备2300001号\nnew-two.cn,新站二,北京新站有限公司,\nnot a domain,坏行,,\n"
	rows = strings.ReplaceAll(rows, "2300001号", "23000011号")
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.open("/import")
	b.must(chromedp.Do(b.tab, chromedp.SetUploadFiles("input[type=file]", []string{file})))
	b.press("form[enctype] button")
	b.see("main", "新增 2 个站点", "1 行不能导入", "还没有写入任何东西", "台账.csv:4", "new-one.cn")
	if _, err := d.db.Load(b.tab, "new-one.cn"); err == nil {
		b.t.Error("the preview wrote")
	}
	b.press("input[name=confirm] + button, input[name=confirm] ~ button")
	b.see(".flash", "台账已写入")
	mem, err := d.db.Load(b.tab, "new-one.cn")
	if err != nil || mem.Site.Name != "新站一" {
		b.t.Errorf("imported: %+v, %v", mem, err)
	}
	b.open("/sites/new-one.cn")
	b.see(".hero", "还没有查过")
}

func channels(b *browser) {
	b.open("/channels")
	b.see("tbody", "ops", "dingtalk", "mail", "投递失败")
	b.press("tbody tr:last-child form button")
	b.see(".hero", "没有送达", "550", "mailbox unavailable: <b>ops@example.com</b>", "检查收件地址是否存在")
	b.open("/deliveries?state=dead")
	before := b.count("tbody tr")
	b.press("tbody tr:first-child form button")
	b.see(".flash", "已重新排队投递")
	b.open("/deliveries?state=dead")
	if after := b.count("tbody tr"); after != before-1 {
		b.t.Errorf("%d dead letters, after reviving one %d", before, after)
	}
}

func workDesk(b *browser) {
	b.open("/cases")
	b.see("main", "没有案件")
	b.fill("form[action='/cases'] input[name=domain]", "nanfeng.net")
	b.fill("form[action='/cases'] input[name=kind]", "接入核查 <u>急</u>")
	b.press("form[action='/cases'] button")
	b.see("main", "案件已保存", "待处理", "接入核查 <u>急</u>")
	b.fill("select[name=state]", "notified")
	b.fill("textarea[name=said]", "已电话通知客户")
	b.press("form[action^='/cases/'] button")
	b.see("main", "已通知", "已电话通知客户", "local")
	b.open("/cases?state=notified")
	b.see("tbody", "nanfeng.net", "已通知")
}

func preferences(b *browser) {
	b.open("/alerts?tab=history")
	b.press("button[name=lang]")
	b.see("h1", "Alerts")
	if at := evaluate[string](b, "location.pathname + location.search + document.documentElement.lang"); at != "/alerts?tab=historyen" {
		b.t.Errorf("the other language is shown at %s", at)
	}
	light := evaluate[string](b, `getComputedStyle(document.body).backgroundColor`)
	b.press("button[value=dark]")
	if dark := evaluate[string](b, `getComputedStyle(document.body).backgroundColor`); dark == light {
		b.t.Error("the dark theme has the colours of the light one")
	}
	b.press("button[value=auto]")
	b.open("/sites?lang=zh")
	b.see("h1", "站点")
	b.open("/sites")
	b.see("h1", "站点")
}

// probes looks for planted programs on every page that shows remote or typed
// text: they must be text.
func probes(b *browser) {
	for path, words := range map[string][]string{
		"/":                                      nil,
		"/sites":                                 {`"><img src=x onerror=alert(1)>示例`},
		"/sites/" + webtest.ProbeDomain:          {webtest.ProbeRegistrar, `</p><script>alert(3)</script>版权所有 {{.}}`, webtest.ProbeTitle, `<i>客户</i>`},
		"/sites/" + webtest.ProbeDomain + "/raw": {"<script>alert(4)</script>"},
		"/alerts":                                nil,
		"/alerts?tab=history":                    nil,
		"/deliveries":                            {"mailbox unavailable: <b>ops@example.com</b>"},
		"/silences?all=1":                        {"机房搬迁 <b>今晚</b>"},
		"/audit":                                 nil,
		"/sites?q=%3Cscript%3Ealert(5)%3C/script%3E&customer=%22%3E%3Csvg%20onload=alert(6)%3E": {`"><svg onload=alert(6)>`},
		"/rules/%3Cscript%3Ealert(7)%3C%2Fscript%3E":                                            {"<script>alert(7)</script>"},
		"/sites/x%3Cscript%3E.cn":                                                               nil,
	} {
		b.open(path)
		b.see("main", words...)
		bad := evaluate[int](b, `document.querySelectorAll("main script, main img, main iframe, main style, [onerror], [onload], main b b, main i").length + [...document.scripts].filter(s => !s.src.startsWith(location.origin + "/static/")).length`)
		if bad > 0 {
			b.t.Errorf("%s: %d elements were made of text", path, bad)
		}
		if strings.ContainsAny(b.text("main"), "\u202e\x1b") {
			b.t.Errorf("%s: characters that turn text around are shown", path)
		}
	}
}

// axe runs axe-core on the main pages in both languages and themes.
func axe(b *browser) {
	source, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		b.t.Fatal(err)
	}
	const run = `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(r => r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v =>
		v.id + ": " + v.help + " — " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " " + n.any.map(a => a.message).join(" ")).join(" | ")))`
	for _, lang := range []string{"zh", "en"} {
		b.cookie("lang", lang)
		for _, path := range []string{"/", "/sites", "/sites/yunfan-shop.cn", "/alerts", "/rules/上海", "/import"} {
			b.open(path)
			evaluate[bool](b, string(source)+"\n;true")
			for _, theme := range []string{"light", "dark"} {
				evaluate[string](b, `document.documentElement.dataset.theme = `+quoted(theme))
				for _, v := range evaluateAwait[[]string](b, run) {
					b.t.Errorf("%s %s %s: %s", path, lang, theme, v)
				}
			}
		}
	}
	b.cookie("lang", "zh")
}

func token(name, secret string, role web.Role, tags ...string) web.Token {
	sum := sha256.Sum256([]byte(secret))
	return web.Token{Name: name, Hash: hex.EncodeToString(sum[:]), Role: role, Tags: tags}
}

func loginAndRoles(b *browser, d *dashboard) {
	open := b.base
	defer func() { b.base = open }()
	b.base = d.serve(b.t, []web.Token{token("看", "read-secret", web.RoleRead), token("管", "admin-secret", web.RoleAdmin), token("店", "shop-secret", web.RoleOperate, "shop")})
	login := func(secret string) {
		b.fill("input[name=token]", secret)
		b.press("form[action='/login'] button")
	}
	b.open("/sites/yunfan-shop.cn")
	b.see("main", "登录", "访问令牌")
	login("wrong")
	b.see("[role=alert]", "令牌不对")
	login("read-secret")
	b.see("main", "yunfan-shop.cn", "可能被阿里云取消接入")
	if b.count("form[action$='/check'], form[action$='/suppress'], a[href='/import'], a[href='/audit']") > 0 {
		b.t.Error("a reader is shown what only others may do")
	}
	b.open("/import")
	b.see("main", "没有权限")
	status := evaluateAwait[int](b, `fetch("/sites/yunfan-shop.cn/check", {method: "POST"}).then(r => r.status)`)
	if status != 403 {
		b.t.Errorf("a reader's check is answered %d", status)
	}
	b.press("form[action='/logout'] button")
	b.see("main", "访问令牌")
	login("shop-secret")
	b.see("main", "个站点有危险")
	b.open("/sites")
	if text := b.text("tbody"); !strings.Contains(text, "yunfan-shop.cn") || strings.Contains(text, "nanfeng.net") {
		b.t.Errorf("a scoped token sees\n%s", text)
	}
	b.open("/sites/nanfeng.net")
	b.see("main", "没有这个页面或站点")
	for _, path := range []string{"/", "/alerts", "/alerts?tab=history", "/deliveries", "/subjects", "/servers", "/silences", "/channels", "/status"} {
		b.open(path)
		for _, other := range []string{"nanfeng", "南风", "hailan", "qingning", "web-hz-1", "travel"} {
			if strings.Contains(b.text("main"), other) {
				b.t.Errorf("%s shows %s to a token of another tag", path, other)
			}
		}
	}
	status = evaluateAwait[int](b, `fetch("/sites/yunfan-shop.cn/check", {method: "POST"}).then(r => r.status)`)
	if status != 403 {
		b.t.Errorf("a change without the session's token is answered %d", status)
	}
	b.open("/sites/yunfan-shop.cn")
	b.press("form[action$='/check'] button")
	b.see(".flash", "已排到最前面")
	b.press("form[action='/logout'] button")
	login("admin-secret")
	b.open("/audit")
	b.see("tbody", "店", "立即检查", "yunfan-shop.cn")
}

func evaluateAwait[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, 20*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	b.must(err)
	return v
}
