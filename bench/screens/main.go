// Command screens takes pictures of the dashboard in headless Chromium: of a
// server that runs already (-url), or of one that it fills with the stories of
// package webtest. docs/screenshots/make.sh calls it for the pictures of the
// README.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"domaincheck/store"
	"domaincheck/web"
	"domaincheck/web/webtest"
)

// shot is one picture.
type shot struct {
	name, path, lang, theme string
	width                   int64
	whole                   bool // the page to its end, not only what a screen shows
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "screens:", err)
		os.Exit(1)
	}
}

func run() error {
	out := flag.String("out", ".", "folder for the pictures")
	url := flag.String("url", "", "base URL of a running server; empty: one with seeded stories")
	browser := flag.String("browser", "/usr/bin/chromium", "path of Chromium")
	all := flag.Bool("all", false, "every page in both languages, both themes and both widths")
	only := flag.String("only", "", "only pictures whose name contains this")
	serve := flag.String("serve", "", "only serve the seeded stories on this address")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	base := *url
	if base == "" {
		server, err := seeded(ctx, *serve)
		if err != nil {
			return err
		}
		defer server.close()
		base = server.url
		if *serve != "" {
			fmt.Println(base)
			<-ctx.Done()
			return nil
		}
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	list := readme()
	if *all {
		list = everything()
	}
	return take(ctx, studio{*browser, base, *out, *only}, list)
}

// readme are the pictures of the README.
func readme() []shot {
	return []shot{
		{"overview.zh", "/", "zh", "light", 1280, true},
		{"overview.en", "/", "en", "light", 1280, true},
		{"overview.dark", "/", "zh", "dark", 1280, true},
		{"site.zh", "/sites/yunfan-shop.cn", "zh", "light", 1280, true},
		{"site.en", "/sites/yunfan-shop.cn", "en", "light", 1280, true},
		{"phone.zh", "/", "zh", "light", 390, false},
	}
}

func everything() []shot {
	var list []shot
	paths := map[string]string{"overview": "/", "sites": "/sites", "site": "/sites/yunfan-shop.cn", "expired": "/sites/qingning.cn", "subjects": "/subjects", "servers": "/servers", "alerts": "/alerts", "history": "/alerts?tab=history",
		"deliveries": "/deliveries", "silences": "/silences?all=1", "channels": "/channels", "rules": "/rules", "province": "/rules/上海", "import": "/import", "audit": "/audit", "status": "/status", "missing": "/nowhere"}
	for name, path := range paths {
		for _, lang := range []string{"zh", "en"} {
			for _, theme := range []string{"light", "dark"} {
				for _, width := range []int64{1280, 390} {
					list = append(list, shot{fmt.Sprintf("%s.%s.%s.%d", name, lang, theme, width), path, lang, theme, width, true})
				}
			}
		}
	}
	return list
}

// studio is what takes the pictures, of what, and where they go.
type studio struct{ browser, base, out, only string }

func take(ctx context.Context, o studio, list []shot) error {
	opts := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	opts = append(opts, chromedp.ExecPath(o.browser), chromedp.DisableGPU, chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("font-render-hinting", "none"))
	allocator, stop := chromedp.NewExecAllocator(ctx, opts...)
	defer stop()
	tab, stop := chromedp.NewContext(allocator)
	defer stop()
	if err := chromedp.Do(tab); err != nil {
		return err
	}
	for _, s := range list {
		if o.only != "" && !strings.Contains(s.name, o.only) {
			continue
		}
		page, done := context.WithTimeout(tab, 20*time.Second)
		defer done()
		var options []chromedp.EmulateViewportOption
		options = append(options, chromedp.EmulateScale(1.5))
		if s.width < 500 {
			options = append(options, chromedp.EmulateMobile)
		}
		err := chromedp.Do(page, chromedp.EmulateViewport(s.width, 844, options...),
			chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
				for name, value := range map[string]string{"lang": s.lang, "theme": s.theme} {
					if _, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: o.base}); err != nil {
						return err
					}
				}
				return nil
			}), chromedp.Navigate(o.base+s.path), chromedp.WaitReady("main"))
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		capture := chromedp.CaptureScreenshot()
		if s.whole {
			capture = chromedp.FullScreenshot(100)
		}
		picture, err := chromedp.Run(page, capture)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := os.WriteFile(filepath.Join(o.out, s.name+".png"), picture, 0o644); err != nil {
			return err
		}
		fmt.Println(s.name)
	}
	return nil
}

// running is a server on loopback with its own store.
type running struct {
	url   string
	close func()
}

func seeded(ctx context.Context, listen string) (*running, error) {
	dir, err := os.MkdirTemp("", "screens")
	if err != nil {
		return nil, err
	}
	world, err := webtest.Open()
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(dir, "screens.db")})
	if err != nil {
		return nil, err
	}
	if err := world.Seed(ctx, db, time.Now()); err != nil {
		return nil, err
	}
	if err := db.Remove(ctx, webtest.ProbeDomain); err != nil { // its names are for tests
		return nil, err
	}
	options := world.Options(db)
	options.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	server, err := web.New(options)
	if err != nil {
		return nil, err
	}
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, err
	}
	srv := &http.Server{Handler: server.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := srv.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "screens:", err)
		}
	}()
	return &running{"http://" + l.Addr().String(), func() {
		_ = srv.Close()
		_ = db.Close()
		_ = os.RemoveAll(dir)
	}}, nil
}
