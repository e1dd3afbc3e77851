package sitecheck

import (
	"context"
	_ "embed"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	cdptarget "github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"domaincheck"
	"domaincheck/netguard"
)

// visibleJS writes the page as a visitor sees it: elements that style sheets
// hide are left out, shadow trees and frames of the same origin are written in
// place.
//
//go:embed data/visible.js
var visibleJS string

// settledJS waits until the page has not changed for half a second, or for
// four seconds; a page that shows next to nothing yet gets longer.
const settledJS = `new Promise(done => {
	const begin = Date.now(); let last = begin;
	new MutationObserver(() => { last = Date.now() }).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
	const bare = () => !document.body || document.body.innerText.trim().length <= 30;
	const tick = () => { const now = Date.now(); now - last > 500 && (now - begin > 2500 || !bare()) || now - begin > 4000 ? done(true) : setTimeout(tick, 50) };
	tick();
})`

// belowJS scrolls a page that shows no number yet to its end, where some draw
// their footer only then; it tells whether it did.
const belowJS = `(() => {
	const end = document.scrollingElement;
	if (!end || /ICP|\d{8}/i.test(document.body ? document.body.innerText : '')) return false;
	const before = end.scrollTop;
	end.scrollTo({top: end.scrollHeight, behavior: 'instant'});
	return end.scrollTop > before;
})()`

// topJS goes back to where a visitor begins.
const topJS = `document.scrollingElement && document.scrollingElement.scrollTo({top: 0, behavior: 'instant'}), true`

// quietJS keeps a page from waiting for a person.
const quietJS = `window.alert = () => {}; window.confirm = () => true; window.prompt = () => null; window.print = () => {}; window.open = () => null;`

// renderWait bounds how long is waited for a page whose parts keep loading.
const renderWait = 6 * time.Second

// tabClose bounds the closing of a page; one that hangs costs the process.
const tabClose = 2 * time.Second

// drawn is a rendered page.
type drawn struct {
	HTML string `json:"html"`
	URL  string `json:"url"`
	More bool   `json:"more"` // cut at the limit

	Status int `json:"status"` // of the answer that the page came with; 0: not told
}

// render has a page drawn by the browser and gives its HTML.
func (b *browser) render(ctx context.Context, guard *netguard.Guard, u string, limit time.Duration) (*drawn, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case b.tabs <- struct{}{}:
		defer func() { <-b.tabs }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	via, err := newProxy(ctx, guard)
	if err != nil {
		return nil, err
	}
	defer via.Close()
	p, err := b.acquire(ctx)
	if err != nil {
		return nil, err
	}
	broken := true
	defer func() { b.release(p, broken) }()

	tab, closeTab := chromedp.NewContext(p.ctx, chromedp.WithNewBrowserContext(func(c *cdptarget.CreateBrowserContextParams) {
		c.ProxyServer, c.ProxyBypassList = via.URL(), "<-loopback>"
	}))
	finished := make(chan drawnOr, 1)
	go func() { d, err := draw(tab, ctx, via, u); finished <- drawnOr{d, err} }()
	watch := time.NewTicker(watchEvery)
	defer watch.Stop()
	var got drawnOr
	for waiting := true; waiting; {
		select {
		case got = <-finished:
			waiting = false
		case <-ctx.Done():
			got.err, waiting = ctx.Err(), false
		case <-watch.C:
			if used := groupMemory(p.pgid); used > browserMemory {
				got.err, waiting = errMemory, false
				killGroup(p.pgid)
			}
		}
	}
	closed := make(chan struct{})
	go func() { closeTab(); close(closed) }()
	select {
	case <-closed:
		broken = p.ctx.Err() != nil || errors.Is(got.err, context.DeadlineExceeded)
	case <-time.After(tabClose):
	}
	if broken {
		killGroup(p.pgid) // wakes whoever still waits for an answer of it
		<-closed
	}
	return got.page, got.err
}

var errMemory = errors.New("the page takes more memory than is allowed")

type drawnOr struct {
	page *drawn
	err  error
}

// draw drives one tab; its context is the tab's, bounded by ctx.
func draw(tab, ctx context.Context, via *proxy, u string) (*drawn, error) {
	if err := chromedp.Do(tab); err != nil { // opens the tab, unbounded: see chromedp.Run
		return nil, err
	}
	tab, cancel := context.WithCancel(tab)
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	err := chromedp.Do(tab, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: quietJS})
		return err
	}), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		c := chromedp.FromContext(ctx)
		_, err := cdp.Call(ctx, c.Browser, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
			Behavior: cdpbrowser.SetDownloadBehaviorBehaviorDeny, BrowserContextID: c.BrowserContextID,
		})
		return err
	}))
	if err != nil {
		return nil, err
	}
	// A page whose load event never comes is read as it stands.
	loading, loaded := context.WithTimeout(tab, renderWait)
	err = chromedp.Do(loading, chromedp.Navigate(u))
	loaded()
	if err != nil && (loading.Err() == nil || tab.Err() != nil) {
		return nil, err
	}
	if err := await(tab, via); err != nil {
		return nil, err
	}
	for range 2 { // what the end of the page draws may put its end further down
		moved, err := chromedp.Run(tab, chromedp.Evaluate[bool](belowJS))
		if err != nil {
			return nil, err
		}
		if !moved {
			break
		}
		if err := await(tab, via); err != nil {
			return nil, err
		}
	}
	if _, err := chromedp.Run(tab, chromedp.Evaluate[bool](topJS)); err != nil {
		return nil, err
	}
	d, err := chromedp.Run(tab, chromedp.Evaluate[drawn](visibleJS))
	if err != nil {
		return nil, err
	}
	return &d, nil
}

// await waits until a page neither changes nor loads, renderWait at most and
// what is under way.
func await(tab context.Context, via *proxy) error {
	for end := time.Now().Add(renderWait); ; {
		if err := chromedp.Do(tab, chromedp.Func(awaitSettled)); err != nil {
			return err
		}
		if via.quiet(400*time.Millisecond) || time.Now().After(end) {
			return nil
		}
	}
}

// awaitSettled runs settledJS; a page that navigates away meanwhile is asked
// again.
func awaitSettled(ctx context.Context, t *chromedp.Target) error {
	var err error
	for range 5 {
		_, err = chromedp.Evaluate[bool](settledJS, func(p *runtime.EvaluateParams) { p.AwaitPromise = domaincheck.Known(true) })(ctx, t)
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// bare is the number of visible characters below which a drawn page is not yet
// what a visitor comes to see.
const bare = 20

// render replaces the page of a visit by what the browser draws of it, where
// script is likely to have a say in what a visitor sees.
func (l *look) render(ctx context.Context, v *visit) {
	if !drawnByScript(v) {
		return
	}
	if ok, _ := l.o.browser.state(); !ok {
		return
	}
	var d *drawn
	var err error
	for range 2 { // a second time if another page took the browser down with it
		d, err = l.o.browser.render(ctx, l.guard, v.final.String(), l.o.opt.Render)
		if err == nil || ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errMemory) {
			break
		}
	}
	if err != nil {
		l.o.opt.Logger.Info("the page could not be rendered", "url", v.final.String(), "error", err)
		return
	}
	old := v.page
	at, err := parseURL(nil, d.URL)
	if err != nil {
		return // about:blank, chrome-error: the browser did not get there
	}
	if d.Status >= 400 {
		return // the script led to an error, or to where our proxy does not go
	}
	status := 200
	if old.Status != nil {
		status = *old.Status
	}
	redirects := append([]string(nil), old.Redirects...)
	gone := append([]string{v.start}, old.Redirects...)
	if len(old.Redirects) > 0 {
		gone = gone[:len(gone)-1]
	}
	if at.String() != v.final.String() && at.Host != v.final.Host {
		redirects, gone = append(redirects, at.String()), append(gone, v.final.String())
	}
	fresh, out := l.parseRendered(d.HTML, at, v.header, status, gone)
	if fresh == nil || out.view.Runes == 0 {
		return // nothing was drawn, so nothing was learned
	}
	if old.ScriptShell && out.view.Runes < bare && len(out.frames) == 0 && len(fresh.RecordNumbers) == 0 && fresh.Challenge == "" && fresh.Block == nil && fresh.Parked == nil {
		return // a word of waiting, or of refusal
	}
	a := &answer{page: fresh, out: out, header: v.header}
	way := &chain{jar: &cookies{}, been: map[string]int{at.String(): 1}, at: at}
	l.addFrames(ctx, a, way)
	fresh.Look, fresh.Requested, fresh.Status, fresh.TLS = old.Look, old.Requested, old.Status, old.TLS
	fresh.Attempts = append(old.Attempts, way.attempts...)
	fresh.Redirects, fresh.Final = redirects, domaincheck.Text(at.String())
	fresh.Charset, fresh.Raw = old.Charset, old.Raw
	fresh.Truncated = fresh.Truncated || d.More
	fresh.ScriptShell, fresh.Rendered = old.ScriptShell, true
	if l.o.opt.KeepRaw {
		fresh.Raw = append(fresh.Raw, domaincheck.Raw{Kind: "http", Source: "rendered " + at.String(), At: domaincheck.At(l.o.opt.Now()), Bytes: []byte(d.HTML)})
	}
	if fresh.Bytes < old.Bytes {
		fresh.Bytes = old.Bytes
	}
	if fresh.Challenge != "" {
		fresh.Outcome = domaincheck.OutcomeRefused
		fresh.Error = domaincheck.Errorf(domaincheck.CodeRefused, at.String(), "a wall against robots: %s", fresh.Challenge)
	}
	v.page, v.final, v.out = fresh, at, out
}

// drawnByScript tells whether a page is worth rendering: a shell, or a live
// page without a number that has scripts, one of which may draw it. Nobody
// is told that his number is missing before that was tried.
func drawnByScript(v *visit) bool {
	p := v.page
	if v.final == nil || v.out == nil || p.Outcome != domaincheck.OutcomeOK || p.Block != nil || p.Parked != nil && p.Parked.Kind != "empty" {
		return false
	}
	if p.Status == nil || *p.Status >= 400 {
		return false
	}
	return p.ScriptShell || len(p.RecordNumbers) == 0 && v.scripted
}

// parseRendered runs the parser over a rendered page.
func (l *look) parseRendered(text string, u *url.URL, header http.Header, status int, redirects []string) (*domaincheck.HomePage, *outline) {
	po := l.o.opt.Parse
	po.URL, po.ContentType, po.Charset = u.String(), "text/html; charset=utf-8", "utf-8"
	po.Limit, po.Header, po.Status, po.Redirects = l.o.opt.MaxBytes, header, status, redirects
	fresh, out, _ := parsePage(strings.NewReader(text), po)
	return fresh, out
}
