package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/lab"
	"domaincheck/present"
)

// demoListen is where the demo's pages are, if nobody else is there.
const demoListen = "127.0.0.1:8480"

func (p *program) demoCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Everything alive in a minute: invented sites, daemon, dashboard, robots; no network (演示)",
		Long: `Starts a small internet on loopback with some sixty invented sites that tell real stories (expiring,
moved to Hong Kong, blocked, a notice running, a server that ended …), four months of history made by
the real rules, the daemon that watches them, and its dashboard. While you watch, sites break and come
back by a script, and what the robots are sent is printed here.

Nothing leaves this machine and nothing is left on it: Ctrl-C ends and removes everything.

一条命令看全貌：本机上的小互联网、约六十个各有故事的网站、四个月的历史、常驻服务与页面。无需网络与设置，Ctrl-C 结束并清除一切。`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{"settings": "own", "formats": "text|json"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.demo(cmd.Context(), listen) },
	}
	cmd.Flags().StringVar(&listen, "listen", "", "loopback `HOST:PORT` of the pages (default: "+demoListen+", or any free port)")
	return cmd
}

// demo is all of it, from nothing to nothing.
func (p *program) demo(ctx context.Context, listen string) (err error) {
	at, err := demoAddress(ctx, listen)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "domaincheck-demo-")
	if err != nil {
		return cannot(domaincheck.Errorf(domaincheck.CodeUnreadable, "", "no temporary directory: %w", err))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	progress := p.steps()
	defer progress.end()
	progress.now(p.say("准备网站与历史", "making sites and history"))
	stage, err := openStage(ctx, dir, at, p.global.lang)
	if err != nil {
		return cannot(err)
	}
	defer func() { err = errors.Join(err, stage.close()) }()
	config, err := p.demoConfig(stage)
	if err != nil {
		return cannot(err)
	}
	if err := stage.seed(ctx, config); err != nil {
		if ctx.Err() != nil {
			return nil // ended before it began
		}
		return cannot(err)
	}
	_, tty := terminal(p.err)
	level := slog.LevelError
	if p.global.verbose {
		level = slog.LevelInfo
	}
	daemon, err := app.New(ctx, app.Options{Load: func() (app.Config, error) { return config, nil }, Version: version, Log: app.NewLog(p.err, tty, level)})
	if err != nil {
		return cannot(err)
	}
	defer daemon.Close()
	info, err := daemon.Info(ctx)
	if err != nil {
		return cannot(err)
	}
	progress.end()
	if err := p.tellDemo(info); err != nil {
		return cannot(err)
	}
	var show sync.WaitGroup
	playing, stop := context.WithCancel(ctx)
	show.Go(func() { stage.play(playing, p.cue) })
	show.Go(func() { stage.listen(playing, p.heard) })
	err = daemon.Run(ctx)
	stop()
	show.Wait()
	if err != nil {
		return cannot(err)
	}
	if !p.global.quiet {
		p.tellLine(p.say("演示结束，已清除", "the demo has ended; nothing is left"))
	}
	return nil
}

// demoAddress is where to listen: only ever this machine.
func demoAddress(ctx context.Context, listen string) (string, error) {
	if listen == "" {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", demoListen)
		if err != nil {
			return "127.0.0.1:0", nil
		}
		return demoListen, l.Close()
	}
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	if err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", badFlag("listen", listen, "a HOST:PORT of this machine alone, such as 127.0.0.1:8480")
	}
	return listen, nil
}

// stage is where the demo plays: the lab, the robots, a folder.
type stage struct {
	dir    string
	lab    *lab.Lab
	robots *lab.Robots
	stop   func() error
	mu     sync.Mutex
}

// openStage starts the lab and the robots and writes the settings. They go on
// until close, also after ctx: the daemon finishes its last looks before.
func openStage(ctx context.Context, dir, listen, lang string) (*stage, error) {
	ctx = context.WithoutCancel(ctx)
	s := &stage{dir: dir}
	var err error
	if s.lab, err = lab.Start(ctx, lab.Options{Demo: true, Seed: 1, Now: time.Now(), CAFile: filepath.Join(dir, "ca.pem")}); err != nil {
		return nil, err
	}
	s.robots = lab.NewRobots(lab.RobotOptions{Now: time.Now, Secret: "demo-secret"})
	base, stop, err := s.robots.Listen(ctx, "")
	if err != nil {
		return nil, errors.Join(err, s.lab.Close())
	}
	s.stop = stop
	settings, err := json.MarshalIndent(s.settings(base, listen, lang), "", "  ")
	if err == nil {
		err = os.WriteFile(s.file(), settings, 0o600) // JSON is yaml
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stage) file() string { return filepath.Join(s.dir, settingsFile) }

func (s *stage) close() error { return errors.Join(s.stop(), s.lab.Close()) }

// settings are those of a daemon that looks every few seconds, so that
// something is to be seen; a failure is sure after two looks all the same.
func (s *stage) settings(base, listen, lang string) map[string]any {
	robot := func(service, lang string) map[string]any {
		c := map[string]any{"type": service, "url": base + s.robots.Path(service), "language": lang}
		if service != "slack" {
			c["secret"] = "demo-secret"
		}
		return c
	}
	return map[string]any{
		"store": "sqlite:demo.db", "listen": listen, "language": lang,
		"schedule": map[string]any{"access": "@every 10s", "page": "@every 10s", "registration": "@every 2m"},
		"confirm":  map[string]any{"looks": 2, "apart": "15s", "notify_apart": "5s"},
		"limits":   map[string]any{"whois_per_second": 1000, "whois_burst": 1000},
		"network": map[string]any{
			"resolvers": s.lab.Resolvers(), "client_subnet": s.lab.ClientSubnet(), "ca_file": "ca.pem", "browser": "off", "timeout": "5s",
			"whois": map[string]any{"servers": s.lab.WHOISServers()}, "rdap": map[string]any{"bases": s.lab.RDAPBases()},
			"http": map[string]any{"connect_to": s.lab.ConnectTo()},
		},
		"channels": map[string]any{"ops": robot("dingtalk", "zh"), "team": robot("slack", "en"), "tickets": robot("webhook", lang)},
		"routes": []any{
			map[string]any{"channels": []string{"ops", "team"}, "min_level": "medium", "group_by": []string{"cause"}, "repeat": "24h"},
			map[string]any{"channels": []string{"tickets"}, "min_level": "low", "group_by": []string{}},
		},
	}
}

// demoConfig reads the stage's settings as those of any daemon.
func (p *program) demoConfig(s *stage) (app.Config, error) {
	inner := &program{streams: p.streams}
	if err := inner.rootCommand().ParseFlags([]string{"--lang", p.global.lang}); err != nil {
		return app.Config{}, err
	}
	g := &inner.global
	var err error
	if g.settings, err = loadSettings(s.file()); err != nil {
		return app.Config{}, err
	}
	if err := g.settle(); err != nil {
		return app.Config{}, err
	}
	return app.Config{File: s.file(), Settings: g.settings, Network: g.network, Tables: g.tableFiles()}, nil
}

// tellDemo says where to look.
func (p *program) tellDemo(i app.Info) error {
	if p.global.format == "json" {
		return p.printJSON(i)
	}
	_, err := fmt.Fprintf(p.out, p.say("演示已启动：%d 个虚构网站，不访问网络，不留文件\n\n  页面  %s\n  接口  %s/api/v1/sites\n\n接下来会有网站出故障又恢复；机器人收到的消息显示在下面。Ctrl-C 结束。\n\n",
		"The demo runs: %d invented sites, no network, no files left\n\n  pages  %s\n  API    %s/api/v1/sites\n\nSites will break and come back; what the robots are sent stands below. Ctrl-C ends it.\n\n"), i.Sites, i.URL, strings.TrimRight(i.URL, "/"))
	return err
}

// cue prints what the script does next.
func (p *program) cue(c lab.Cue) {
	if p.global.format != "json" {
		fmt.Fprintf(p.out, "%s  ☞ %s %s\n\n", p.hour(time.Now()), present.Clean(domaincheck.Unicode(c.Domain)), p.say(c.ZH, c.EN))
	}
}

// hour is the time of day at which something happened, in the zone of the pages.
func (p *program) hour(at time.Time) string { return at.In(p.zone()).Format(time.TimeOnly) }

// heard prints what a robot was sent, in the language of the terminal.
func (p *program) heard(h lab.Heard) {
	service, word := "dingtalk", "钉钉机器人"
	if !p.zh() {
		service, word = "slack", "Slack"
	}
	if p.global.format == "json" || h.Service != service {
		return
	}
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(h.Text), "\n") {
		mark := "  │ "
		if i == 0 {
			mark = p.hour(h.At) + "  " + word + "\n  │ "
		}
		b.WriteString(mark + strings.TrimSpace(present.Clean(line)) + "\n")
	}
	fmt.Fprintln(p.out, b.String())
}

// play goes through the script, round after round.
func (s *stage) play(ctx context.Context, say func(lab.Cue)) {
	cues, length := s.lab.Show()
	for round := time.Now(); ; round = round.Add(length) {
		for _, c := range cues {
			if !until(ctx, round.Add(c.After)) {
				return
			}
			if err := s.lab.Play(c.Domain, c.Story); err == nil {
				say(c)
			}
		}
		if !until(ctx, round.Add(length)) {
			return
		}
	}
}

// listen tells what the robots are sent.
func (s *stage) listen(ctx context.Context, say func(lab.Heard)) {
	told := 0
	for {
		heard := s.robots.Posted("")
		for _, h := range heard[min(told, len(heard)):] {
			say(h)
		}
		told = len(heard)
		if !until(ctx, time.Now().Add(300*time.Millisecond)) {
			return
		}
	}
}

// until waits for a moment; false if ctx ended first.
func until(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
