package web_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/web"
	"domaincheck/web/webtest"
)

// browser is one tab of a real Chromium, with what it asked for and complained
// of.
type browser struct {
	t    *testing.T
	tab  context.Context
	base string

	mu       sync.Mutex
	requests []string
	trouble  []string
	dialogs  int
}

// openBrowser starts Chromium for all pages of the package's tests. As root it
// has no sandbox of its own; it is shown our own pages only.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	opts := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	opts = append(opts, chromedp.ExecPath("/usr/bin/chromium"), chromedp.DisableGPU, chromedp.Flag("no-sandbox", os.Geteuid() == 0), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900))
	for _, flag := range []string{"disable-background-networking", "disable-component-update", "disable-sync", "disable-default-apps", "disable-extensions", "disable-dev-shm-usage", "no-pings", "dns-prefetch-disable"} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	allocator, stop := chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(stop)
	tab, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	b := &browser{t: t, tab: tab}
	b.must(chromedp.Do(tab, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, t, runtime.Enable, cdp.Empty{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, cdplog.Enable, cdp.Empty{})
		return err
	})))
	b.must(chromedp.Listen(tab, b.hear))
	return b
}

// hear keeps requests, errors of the console (breaches of the content security
// policy among them) and dialogs.
func (b *browser) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError && !strings.Contains(e.Entry.Text, "the server responded with a status of 4") {
			b.trouble = append(b.trouble, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		b.trouble = append(b.trouble, e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		b.dialogs++
	}
}

func (b *browser) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.must(chromedp.Do(b.tab, chromedp.Navigate(b.base+path), chromedp.WaitReady("main")))
}

// press clicks what leads to another page and waits for it.
func (b *browser) press(selector string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.tab, chromedp.Click(selector, chromedp.NodeVisible)); err != nil {
		b.t.Fatalf("pressing %s: %v", selector, err)
	}
}

func (b *browser) fill(selector, text string) {
	b.t.Helper()
	b.must(chromedp.Do(b.tab, chromedp.SetValue(selector, text)))
}

func (b *browser) text(selector string) string {
	b.t.Helper()
	return evaluate[string](b, `[...document.querySelectorAll(`+quoted(selector)+`)].map(e => e.innerText).join("\n")`)
}

func (b *browser) count(selector string) int {
	b.t.Helper()
	return evaluate[int](b, `document.querySelectorAll(`+quoted(selector)+`).length`)
}

func evaluate[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.tab, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%.80s: %v", expression, err)
	}
	return v
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// until waits for an expression to hold, over page loads.
func (b *browser) until(expression string) {
	b.t.Helper()
	deadline, cancel := context.WithTimeout(b.tab, 20*time.Second)
	defer cancel()
	for deadline.Err() == nil {
		if ok, err := chromedp.Run(deadline, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(5*time.Second))); err == nil && ok {
			return
		}
	}
	b.t.Fatalf("%s did not come true; the page says:\n%s", expression, b.text("main"))
}

// see fails unless the selector's text holds every word.
func (b *browser) see(selector string, wanted ...string) {
	b.t.Helper()
	text := b.text(selector)
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			b.t.Errorf("%s does not show %q but\n%s", selector, w, text)
		}
	}
}

// cookie sets a preference.
func (b *browser) cookie(name, value string) {
	b.t.Helper()
	b.must(chromedp.Do(b.tab, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.base})
		return err
	})))
}

// dashboard is a seeded store with a server over it; what is asked for is looked
// at by a daemon of the test.
type dashboard struct {
	db    *store.Store
	world *webtest.World
	base  string
	asked chan string
}

// seed is a seeded store as a file; every test works on a copy of its own.
type seed struct {
	world *webtest.World
	file  []byte
}

var seedOnce = sync.OnceValues(func() (seed, error) {
	dir, err := os.MkdirTemp("", "dashboard")
	if err != nil {
		return seed{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	file := filepath.Join(dir, "seed.db")
	world, err := webtest.Open()
	if err != nil {
		return seed{}, err
	}
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + file})
	if err != nil {
		return seed{}, err
	}
	if err := world.Seed(ctx, db, time.Now()); err != nil {
		return seed{}, err
	}
	copied := filepath.Join(dir, "copy.db") // whole in one file, without a log beside it
	if err := db.Backup(ctx, copied); err != nil {
		return seed{}, err
	}
	if err := db.Close(); err != nil {
		return seed{}, err
	}
	bytes, err := os.ReadFile(copied)
	return seed{world, bytes}, err
})

func openDashboard(t *testing.T) *dashboard {
	t.Helper()
	ctx := t.Context()
	seed, err := seedOnce()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dash.db")
	if err := os.WriteFile(file, seed.file, 0o600); err != nil {
		t.Fatal(err)
	}
	world := seed.world
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	d := &dashboard{db: db, world: world, asked: make(chan string, 100)}
	d.base = d.serve(t, nil)
	return d
}

// serve answers for the store, with tokens or without.
func (d *dashboard) serve(t *testing.T, tokens []web.Token) string {
	t.Helper()
	o := d.world.Options(d.db)
	o.Tokens, o.Limits.EventPoll = tokens, 50*time.Millisecond
	o.Poke = func(site string) { d.asked <- site }
	s, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	return h.URL
}

// add takes further domains into the ledger.
func (d *dashboard) add(t *testing.T, domains string) error {
	t.Helper()
	var ledger store.Ledger
	for domain := range strings.FieldsSeq(domains) {
		ledger.Sites = append(ledger.Sites, domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: domain, Role: domaincheck.RoleMain}}})
	}
	_, err := d.db.Import(t.Context(), ledger, store.ImportOptions{})
	return err
}

func newJar(t *testing.T) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return jar
}
