package sitecheck_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/netguard"
	"domaincheck/sitecheck"
)

// shell is a page that is drawn by script, its number included.
const shell = `<!doctype html><html><head><meta charset="utf-8"><title>示例</title></head><body><div id="app"></div>
<script src="/app.js"></script></body></html>`

// drawing is what the shell's script does once the page stands.
const drawing = `setTimeout(() => {
	document.getElementById("app").innerHTML = '<h1>示例科技</h1><p>' + '我们提供软件开发与技术服务。'.repeat(10) + '</p>' +
		'<style>.gone{display:none}</style><p class="gone">沪ICP备87654321号</p>' +
		'<footer><a href="https://beian.miit.gov.cn/">' + ['京ICP备', '12345678', '号-1'].join('') + '</a></footer>';
}, 100)`

func drawn(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/app.js":
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		io.WriteString(w, drawing)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, shell)
	}
}

func numbers(p *domaincheck.HomePage) string {
	var out []string
	for _, n := range p.RecordNumbers {
		out = append(out, n.Number.Number)
	}
	return strings.Join(out, " ")
}

func (w *world) browsing() sitecheck.Options {
	opt := w.options()
	opt.Browser = "auto"
	opt.NoTLSProbe = true
	opt.Render = time.Minute // on a machine that tests other things too
	opt.Logger = slog.New(slog.NewTextHandler(testWriter{w.t}, nil))
	return opt
}

type testWriter struct{ t testing.TB }

func (t testWriter) Write(b []byte) (int, error) {
	t.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func TestScriptShellIsRendered(t *testing.T) {
	w := newWorld(t)
	w.http("site.cn", drawn)
	p := w.look(w.browsing(), sitecheck.Target{Domain: "site.cn"})
	if !p.Rendered || !p.ScriptShell || numbers(p) != "京ICP备12345678号-1" {
		t.Fatalf("rendered %v, shell %v, numbers %q", p.Rendered, p.ScriptShell, numbers(p))
	}
	if p.RecordNumbers[0].LinkState != domaincheck.LinkCurrent || p.Outcome != domaincheck.OutcomeOK || status(p) != 200 || p.Title != "示例" {
		t.Errorf("%+v", p)
	}
	p = w.look(w.options(), sitecheck.Target{Domain: "site.cn"}) // browser off
	if p.Rendered || !p.ScriptShell || len(p.RecordNumbers) != 0 {
		t.Errorf("without a browser: rendered %v, shell %v, numbers %q", p.Rendered, p.ScriptShell, numbers(p))
	}
}

func TestScriptFooterAndFramesAreRendered(t *testing.T) {
	text := strings.Repeat("<p>我们提供软件开发与技术服务，欢迎洽谈。</p>", 20)
	w := newWorld(t)
	w.http("site.cn", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/":
			io.WriteString(rw, `<meta charset="utf-8"><title>示例</title>`+text+`<div id="f"></div><script>
				const f = document.createElement("iframe"); f.src = "/f"; f.width = 600; f.height = 100; document.getElementById("f").append(f)</script>`)
		case "/f":
			io.WriteString(rw, `<meta charset="utf-8"><body><script>document.write('京ICP'+'备12345678'+'号-2')</script>`)
		}
	})
	p := w.look(w.browsing(), sitecheck.Target{Domain: "site.cn"})
	if !p.Rendered || numbers(p) != "京ICP备12345678号-2" {
		t.Errorf("rendered %v, numbers %q", p.Rendered, numbers(p))
	}
}

// What style sheets hide in ways of their own is not reported of a rendered
// page, and what they do not hide is.
func TestRenderedPageShowsWhatIsSeen(t *testing.T) {
	kinds := []struct {
		css, markup string
		seen        bool
	}{
		{``, `<p>%s</p>`, true},
		{`%s{opacity:0}`, `<div class="%s"><p>%s</p></div>`, false},
		{`%s{font-size:0}`, `<div class="%s">%s</div>`, false},
		{`%s{font-size:0}%[1]s i{font-size:12px}`, `<div class="%s"><i>%s</i></div>`, true},
		{`%s{text-indent:-9999px}`, `<div class="%s">%s</div>`, false},
		{`%s{position:absolute;left:-9999px}`, `<div class="%s">%s</div>`, false},
		{`%s{position:absolute;clip:rect(1px,1px,1px,1px)}`, `<div class="%s"><i>%s</i></div>`, false},
		{`%s{position:absolute;clip-path:inset(50%%)}`, `<div class="%s">%s</div>`, false},
		{`%s{height:0;overflow:hidden}`, `<div class="%s"><p>%s</p></div>`, false},
		{`%s{height:0}`, `<div class="%s"><p>%s</p></div>`, true},
		{`%s{transform:scale(0)}`, `<div class="%s">%s</div>`, false},
		{`%s{color:transparent}`, `<div class="%s">%s</div>`, false},
		{`%s{background:linear-gradient(red,blue);-webkit-background-clip:text;color:transparent}`, `<div class="%s">%s</div>`, true},
		{`%s{visibility:hidden}%[1]s i{visibility:visible}`, `<div class="%s"><i>%s</i></div>`, true},
		{`%s{height:300px;overflow:auto}`, `<div class="%s"><div style="height:2000px"></div>%s</div>`, true},
		{`%s{display:contents}`, `<div class="%s"><p>%s</p></div>`, true},
		{`%s{position:fixed;bottom:0}`, `<div class="%s">%s</div>`, true},
		{``, `<details><summary>x</summary>%s</details>`, false},
		{``, `<details open><summary>x</summary>%s</details>`, true},
		{``, `<dialog>%s</dialog>`, false},
		{``, `<svg width="300" height="30"><defs><text>x</text></defs><text y="20">%s</text></svg>`, true},
		{``, `<div style="height:9000px"></div><p>%s</p>`, true},
	}
	var css, markup, want strings.Builder
	for i, k := range kinds {
		class, number := fmt.Sprintf("k%d", i), fmt.Sprintf("京ICP备%08d号", 12345600+i)
		if strings.Contains(k.markup, "class") {
			fmt.Fprintf(&css, k.css, "."+class)
			fmt.Fprintf(&markup, k.markup, class, number)
		} else {
			fmt.Fprintf(&markup, k.markup, number)
		}
		if k.seen {
			want.WriteString(" " + number)
		}
	}
	w := newWorld(t)
	w.http("site.cn", pages(map[string]string{"/": `<meta charset="utf-8"><title>示例</title><div id="app"></div><script>
		document.getElementById("app").innerHTML = ` + strconv.Quote("<p>我们提供软件开发与技术服务，欢迎洽谈。</p>"+markup.String()) + `;
		const s = document.createElement("style"); s.textContent = ` + strconv.Quote(css.String()) + `; document.head.append(s)</script>`}))
	p := w.look(w.browsing(), sitecheck.Target{Domain: "site.cn"})
	if got := numbers(p); !p.Rendered || got != want.String()[1:] {
		t.Errorf("rendered %v, numbers\n%s, want\n%s", p.Rendered, got, want.String()[1:])
	}
}

// A footer that is drawn late, or when a visitor comes to the end of the page,
// is waited for; where a script leads to no page, nothing was learned.
func TestRenderedPageIsSeenToItsEnd(t *testing.T) {
	footer := `'<p>我们提供软件开发与技术服务，欢迎洽谈。</p><p>京ICP'+'备12345678'+'号-1</p>'`
	cases := map[string]struct {
		script, number string
	}{
		"late.cn": {`setTimeout(() => { app.innerHTML = ` + footer + ` }, 1200)`, "京ICP备12345678号-1"},
		"below.cn": {`app.innerHTML = '<p>软件开发公司，提供技术服务，欢迎光临指导。</p><div style="height:5000px"></div><div id="f" style="height:9px"></div>';
			new IntersectionObserver(e => { if (e[0].isIntersecting) f.innerHTML = ` + footer + ` }).observe(f)`, "京ICP备12345678号-1"},
		"lost.cn":    {`location.href = '/no' + 'where'`, ""},
		"refused.cn": {`app.innerHTML = '<p>访问被拒绝</p>'`, ""},
	}
	w := newWorld(t)
	for host, tc := range cases {
		w.hosts[host] = []string{"47.110.0.1"}
		w.http(host, pages(map[string]string{"/": `<meta charset="utf-8"><div id="app"></div><script>` + tc.script + `</script>`}))
	}
	opt := w.browsing()
	opt.Guard = w.guard()
	o, err := sitecheck.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	for host, tc := range cases {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			p := o.Look(t.Context(), sitecheck.Target{Domain: host})
			if p.Rendered != (tc.number != "") || numbers(p) != tc.number || !p.ScriptShell || status(p) != 200 {
				t.Errorf("rendered %v, shell %v, numbers %q, %s", p.Rendered, p.ScriptShell, numbers(p), p.Final)
			}
		})
	}
}

// A rendered page reaches nothing that a redirect could not: neither loopback
// nor private names nor other ports.
func TestRenderedPageIsGuarded(t *testing.T) {
	var hit atomic.Int32
	w := newWorld(t)
	inner := newWorld(t)
	inner.http("secret", func(http.ResponseWriter, *http.Request) { hit.Add(1) })
	addr := inner.maps[0].To + ":" + strconv.Itoa(int(inner.maps[0].ToPort))
	w.http("site.cn", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, `<meta charset="utf-8"><title>x</title><div id="app"></div><script>
			const say = s => document.getElementById("app").append(s + " ");
			const ask = u => fetch(u, {mode: "no-cors"}).then(r => r.text().then(t => say(u + " answered " + t))).catch(e => say(u + " refused"));
			for (const u of ["http://%[1]s/", "http://localhost:%[2]s/", "http://private.cn/", "http://169.254.169.254/", "http://[::1]/"]) ask(u);
			try { new WebSocket("ws://%[1]s/") } catch (e) {}
			const f = document.createElement("iframe"); f.src = "http://%[1]s/frame"; document.body.append(f);
			say("我们提供软件开发与技术服务");
		</script>`, addr, addr[strings.LastIndexByte(addr, ':')+1:])
	})
	p := w.look(w.browsing(), sitecheck.Target{Domain: "site.cn"})
	if !p.Rendered {
		t.Errorf("not rendered: %+v", p)
	}
	if n := hit.Load(); n != 0 {
		t.Errorf("a script reached a loopback server %d times", n)
	}

	// With private addresses allowed the same page does reach it: it is the
	// guard that holds it back, not some fault of the test.
	opt := w.browsing()
	opt.Ports = []uint16{inner.maps[0].ToPort}
	opt.Guard = netguard.New(netguard.Options{
		AllowPrivate: true, ConnectTo: w.maps,
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("47.110.0.1")}, nil
		},
	})
	o, err := sitecheck.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	o.Look(t.Context(), sitecheck.Target{Domain: "site.cn"})
	if hit.Load() == 0 {
		t.Error("the page reaches loopback in no case: the test above proves nothing")
	}
}

func TestHangingScriptIsKilled(t *testing.T) {
	w := newWorld(t)
	w.http("site.cn", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(rw, `<title>x</title><div id="app"></div><script>for(;;){}</script>`)
	})
	w.http("other.cn", drawn)
	opt := w.browsing()
	opt.Render = 10 * time.Second
	opt.Guard = w.guard()
	o, err := sitecheck.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	begin := time.Now()
	p := o.Look(t.Context(), sitecheck.Target{Domain: "site.cn"})
	if p.Rendered || !p.ScriptShell || p.Outcome != domaincheck.OutcomeOK {
		t.Errorf("rendered %v, shell %v, %s", p.Rendered, p.ScriptShell, p.Outcome)
	}
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("took %s", took)
	}
	if p = o.Look(t.Context(), sitecheck.Target{Domain: "other.cn"}); !p.Rendered || numbers(p) != "京ICP备12345678号-1" {
		t.Errorf("the next page: rendered %v, numbers %q", p.Rendered, numbers(p))
	}
}

// The browser is nobody, not root, and nothing of it is left behind.
func TestBrowserIsNotRootAndIsEnded(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "bt")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	w := newWorld(t)
	w.http("site.cn", drawn)
	opt := w.browsing()
	opt.Guard = w.guard()
	o, err := sitecheck.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	if p := o.Look(t.Context(), sitecheck.Target{Domain: "site.cn"}); !p.Rendered {
		t.Fatalf("not rendered")
	}
	mine := browserProcesses(dir)
	if len(mine) == 0 {
		t.Error("no browser process found while the observer lives")
	}
	for pid, uid := range mine {
		if uid == 0 {
			t.Errorf("process %s runs as root", pid)
		}
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	if left := browserProcesses(dir); len(left) != 0 {
		t.Errorf("processes left behind: %v", left)
	}
	if files, _ := filepath.Glob(dir + "/*"); len(files) != 0 {
		t.Errorf("files left behind: %v", files)
	}
}

// browserProcesses are the living processes that name dir in their command
// line, with their user.
func browserProcesses(dir string) map[string]int {
	out := map[string]int{}
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range all {
		cmd, err := os.ReadFile(p + "/cmdline")
		if err != nil || !strings.Contains(string(cmd), dir) {
			continue
		}
		status, _ := os.ReadFile(p + "/status")
		for line := range strings.Lines(string(status)) {
			if f := strings.Fields(line); len(f) > 2 && f[0] == "Uid:" {
				out[filepath.Base(p)], _ = strconv.Atoi(f[2])
			}
		}
	}
	return out
}
