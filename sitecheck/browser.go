package sitecheck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/chromedp/chromedp"

	"domaincheck"
)

// Limits of the browser.
const (
	browserTabs   = 2                // pages rendered at a time
	browserPages  = 200              // pages after which a new process is started
	browserIdle   = 60 * time.Second // after which an idle process is ended
	browserStart  = 20 * time.Second // for a process to come up
	browserMemory = 1 << 30          // of all its processes, without shared pages
	watchEvery    = 250 * time.Millisecond
)

// browser is one headless Chromium, started when it is first needed.
//
// How it is confined: its own process group, killed whole; never root (as root
// we give it an unprivileged user); Chromium's own sandbox, which needs user
// namespaces or its setuid helper. Where the system grants neither, the process
// does not come up and pages are not rendered, unless BrowserNoSandbox admits
// that. Each page gets a fresh profile in memory and a proxy of its own; the
// process itself is told a proxy that does not exist, and resolves no names.
type browser struct {
	opt  Options
	path string
	id   *identity
	tabs chan struct{}

	mu     sync.Mutex
	why    string // not empty: cannot be used, for this reason
	proc   *process
	closed bool
}

// process is one running Chromium.
type process struct {
	ctx    context.Context // of chromedp
	cancel context.CancelFunc
	pgid   int
	dir    string
	busy   int
	pages  int
	dead   bool
	idle   *time.Timer
	gone   sync.Once
}

// newBrowser finds the browser that Options.Browser names.
func newBrowser(opt Options) (*browser, error) {
	b := &browser{opt: opt, tabs: make(chan struct{}, browserTabs)}
	switch opt.Browser {
	case "off":
		b.why = "switched off"
		return b, nil
	case "", "auto":
		for _, name := range []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "headless_shell"} {
			if path, err := exec.LookPath(name); err == nil {
				b.path = path
				break
			}
		}
		if b.path == "" {
			b.why = "no Chromium is installed"
			return b, nil
		}
	default:
		path, err := exec.LookPath(opt.Browser)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadSettings, opt.Browser, "not a browser that can be run: %w", err).
				WithHint("browser is auto, off, or the path of a Chromium")
		}
		b.path = path
	}
	id, err := browserIdentity(opt.BrowserUser)
	if err != nil {
		if opt.Browser != "" && opt.Browser != "auto" || opt.BrowserUser != "" {
			return nil, err
		}
		b.why = err.Error()
	}
	b.id = id
	return b, nil
}

func (b *browser) state() (bool, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.why == "" && !b.closed, b.why
}

// Close ends the process. Pages being rendered fail.
func (b *browser) Close() error {
	b.mu.Lock()
	p := b.proc
	b.proc, b.closed = nil, true
	b.mu.Unlock()
	if p != nil {
		return p.kill()
	}
	return nil
}

// acquire gives a running process, starting one if there is none.
func (b *browser) acquire(ctx context.Context) (*process, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return nil, errors.New("the browser was closed")
	case b.why != "":
		return nil, errors.New(b.why)
	case b.proc != nil && (b.proc.dead || b.proc.ctx.Err() != nil):
		b.proc.kill()
		b.proc = nil
	}
	if b.proc == nil {
		p, err := b.start(ctx, false)
		if err != nil && b.opt.BrowserNoSandbox && ctx.Err() == nil {
			b.opt.Logger.Warn("the browser runs without a sandbox of its own, as allowed", "browser", b.path, "error", err)
			p, err = b.start(ctx, true)
		}
		if err != nil {
			if ctx.Err() == nil {
				b.why = clip(fmt.Sprintf("%s does not come up (in its sandbox): %v", b.path, err))
				b.opt.Logger.Warn("pages cannot be rendered", "browser", b.path, "error", err)
			}
			return nil, err
		}
		b.proc = p
	}
	b.proc.busy++
	b.proc.pages++
	if b.proc.idle != nil {
		b.proc.idle.Stop()
	}
	return b.proc, nil
}

// release gives a process back; broken tells that it is not to be used again.
func (b *browser) release(p *process, broken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p.busy--
	p.dead = p.dead || broken || p.pages >= browserPages
	switch {
	case broken, p.dead && p.busy == 0:
		p.kill()
		if b.proc == p {
			b.proc = nil
		}
	case p.busy == 0 && b.proc == p:
		p.idle = time.AfterFunc(browserIdle, func() { b.retire(p) })
	}
}

// retire ends a process that nobody has used for a while.
func (b *browser) retire(p *process) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.proc == p && p.busy == 0 {
		b.proc = nil
		p.kill()
	}
}

// kill ends all processes of the browser at once and removes its files.
func (p *process) kill() error {
	var err error
	p.gone.Do(func() {
		err = killGroup(p.pgid)
		p.cancel()
		err = errors.Join(err, os.RemoveAll(p.dir))
	})
	return err
}

// start runs Chromium. It outlives the look that asked for it: Close, idleness
// or a fault ends it.
func (b *browser) start(ctx context.Context, noSandbox bool) (*process, error) {
	base := os.TempDir()
	if len(base) > 40 {
		base = "/tmp" // a socket's path holds 108 bytes
	}
	dir, err := os.MkdirTemp(base, "domaincheck-")
	if err != nil {
		return nil, err
	}
	if b.id != nil {
		if err := os.Chown(dir, int(b.id.uid), int(b.id.gid)); err != nil {
			os.RemoveAll(dir)
			return nil, err
		}
	}
	p := &process{dir: dir}
	life, cancelAlloc := chromedp.NewExecAllocator(context.WithoutCancel(ctx), b.flags(dir, noSandbox)...)
	tab, cancelTab := chromedp.NewContext(life, chromedp.WithErrorf(func(string, ...any) {}), chromedp.WithLogf(func(string, ...any) {}))
	p.ctx = tab
	p.cancel = func() { cancelTab(); cancelAlloc() }
	up := make(chan error, 1)
	go func() { up <- chromedp.Do(tab) }()
	limit := time.NewTimer(browserStart)
	defer limit.Stop()
	select {
	case err = <-up:
	case <-limit.C:
		err = errors.New("no answer in time")
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		p.cancel()
		os.RemoveAll(dir)
		return nil, err
	}
	p.pgid = chromedp.FromContext(tab).Browser.Process().Pid
	return p, nil
}

// flags are the command line: no first run, no background traffic, no QUIC or
// WebRTC past the proxy, no pictures, and a bound on the memory of scripts.
func (b *browser) flags(dir string, noSandbox bool) []chromedp.ExecAllocatorOption {
	opts := append([]chromedp.ExecAllocatorOption{},
		chromedp.ExecPath(b.path), chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.Headless,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.DisableGPU, chromedp.IgnoreCertErrors,
		chromedp.WindowSize(1366, 900), chromedp.UserAgent(b.opt.UserAgent),
		chromedp.NoInheritEnv,
		chromedp.Env("HOME="+dir, "TMPDIR="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"),
		// Said outright, because the library would switch the sandbox off for root.
		chromedp.Flag("no-sandbox", noSandbox),
		chromedp.Flag("proxy-server", "http://127.0.0.1:9"),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"),
		chromedp.Flag("force-webrtc-ip-handling-policy", "disable_non_proxied_udp"),
		chromedp.Flag("blink-settings", "imagesEnabled=false"),
		chromedp.Flag("js-flags", "--max-old-space-size=256"),
		chromedp.Flag("lang", "zh-CN"),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) { confine(cmd, b.id, dir) }),
	)
	for _, flag := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-breakpad", "disable-crash-reporter",
		"disable-default-apps", "disable-extensions", "disable-dev-shm-usage", "disable-popup-blocking", "disable-client-side-phishing-detection",
		"disable-domain-reliability", "no-pings", "mute-audio", "metrics-recording-only", "safebrowsing-disable-auto-update", "dns-prefetch-disable",
		"disable-background-timer-throttling", "disable-renderer-backgrounding", "disable-backgrounding-occluded-windows", "disable-hang-monitor",
	} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	return append(opts, chromedp.Flag("password-store", "basic"),
		chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,InterestFeedContentSuggestions,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable"))
}
