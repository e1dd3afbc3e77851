package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	_ "time/tzdata" // the time zones of the settings, on machines without them

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/present"
	"domaincheck/watch"
)

func (p *program) serveCommand() *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "The daemon: looks when due, remembers, alerts, serves API and dashboard (常驻服务)",
		Long: `Runs until Ctrl-C or SIGTERM, then stops within ten seconds; the next start goes on where this one left.
The settings are -c FILE, DOMAINCHECK_CONFIG, or domaincheck.yaml of the working directory; with none at
all everything has its default, and the store is domaincheck.db of the working directory. SIGHUP reads the
settings and the inventory file again: a bad file is told, and what was in force stays.

What is wrong with the daemon stands at /readyz (status 503) and in the log on stderr: text on a terminal,
else one JSON object a line (-v tells more).

常驻运行：按计划检查、记忆状态、发送告警，并提供接口与页面。Ctrl-C 或 SIGTERM 十秒内停止，重启后接着做。`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{"settings": "found", "formats": "text|json"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), app.Role(role)) },
	}
	cmd.Flags().StringVar(&role, "role", string(app.All), "all|api|worker: what this process does; api and worker share a store on Postgres")
	return cmd
}

// serve runs the daemon until ctx ends.
func (p *program) serve(ctx context.Context, role app.Role) error {
	level := slog.LevelInfo
	switch {
	case p.global.verbose:
		level = slog.LevelDebug
	case p.global.quiet:
		level = slog.LevelWarn
	}
	_, tty := terminal(p.err)
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP) // from here on it does not end the process
	defer signal.Stop(hup)
	daemon, err := app.New(ctx, app.Options{
		Load: p.daemonConfig, Role: role, Version: version, Log: app.NewLog(p.err, tty, level),
	})
	if err != nil {
		return daemonError(err)
	}
	defer daemon.Close()
	info, err := daemon.Info(ctx)
	if err != nil {
		return daemonError(err)
	}
	if err := p.tellServing(info); err != nil {
		return cannot(err)
	}
	reloads, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-reloads.Done():
				return
			case <-hup:
				_ = daemon.Reload(reloads) // it tells what is wrong itself
			}
		}
	}()
	err = daemon.Run(ctx)
	stop()
	<-done
	if err != nil {
		return cannot(err)
	}
	if !p.global.quiet {
		fmt.Fprintln(p.err, p.say("已停止；下次启动接着做", "stopped; the next start goes on from here"))
	}
	return nil
}

// daemonConfig reads the settings as they are now, and lays the flags over them.
func (p *program) daemonConfig() (app.Config, error) {
	file, err := p.global.foundSettings()
	if err != nil {
		return app.Config{}, err
	}
	g := p.global
	if g.settings, err = loadSettings(file); err != nil {
		return app.Config{}, err
	}
	if err := g.settle(); err != nil {
		return app.Config{}, err
	}
	return app.Config{File: file, Settings: g.settings, Network: g.network, Tables: g.tableFiles()}, nil
}

// daemonError gives what kept the daemon from starting its status: settings and
// tables are the user's, the rest (store, address) could not run.
func daemonError(err error) error {
	for _, code := range []domaincheck.Code{domaincheck.CodeBadSettings, domaincheck.CodeBadInput, domaincheck.CodeBadTable, domaincheck.CodeUnreadable} {
		if errors.Is(err, code) {
			return err
		}
	}
	return cannot(err)
}

// tellServing prints what runs now, and where.
func (p *program) tellServing(i app.Info) error {
	if p.global.format == "json" {
		return p.printJSON(i)
	}
	var b strings.Builder
	line := func(zh, en, text string) { fmt.Fprintf(&b, "  %s %s\n", pad(p.say(zh, en), 10), text) }
	fmt.Fprintf(&b, p.say("domaincheck %s 已启动（%s）\n", "domaincheck %s runs (%s)\n"), i.Version, i.Role)
	open := ""
	if i.Open {
		open = p.say("（仅本机，无需令牌）", " (this machine only, no token needed)")
	}
	line("接口与页面", "listens", i.URL+open)
	settings := present.Clean(string(i.Settings))
	if settings == "" {
		settings = p.say("无设置文件，使用默认值与环境变量", "no file: defaults and environment")
	}
	line("设置", "settings", settings)
	line("存储", "store", present.Clean(i.Store))
	if i.Node != "" {
		line("节点", "node", present.Clean(string(i.Node)))
	}
	sites := fmt.Sprintf(p.say("%d 个网站", "%d sites"), i.Sites)
	if i.Inventory != "" {
		sites += p.say("，台账 ", ", inventory ") + present.Clean(string(i.Inventory))
		if i.Refused != nil {
			sites += p.say("（未被采用，沿用原台账：", " (not taken over, the one before stays: ") + present.Clean(p.inWords(string(i.Refused.Message))) + p.say("）", ")")
		}
	}
	line("网站", "sites", sites)
	channels := make([]string, len(i.Channels))
	for n, c := range i.Channels {
		channels[n] = present.Clean(c.Name) + " (" + c.Type + ")"
	}
	if len(channels) == 0 {
		channels = []string{p.say("无：发现问题不会通知任何人", "none: nobody is told of what is found")}
	}
	line("通知渠道", "channels", strings.Join(channels, p.say("、", ", ")))
	var next []string
	for _, part := range slices.Sorted(maps.Keys(i.Next)) {
		next = append(next, p.partName(watch.Part(part))+" "+i.Next[part].In(domaincheck.Beijing()).Format("01-02 15:04:05"))
	}
	line("下次检查", "next runs", strings.Join(next, p.say("、", ", "))+" (UTC+8)")
	_, err := fmt.Fprint(p.out, b.String())
	return err
}

func (p *program) partName(part watch.Part) string {
	switch part {
	case watch.Resolution:
		return p.say("解析", "DNS")
	case watch.Page:
		return p.say("首页", "page")
	case watch.Registration:
		return p.say("注册", "registration")
	}
	return string(part)
}

// pad fills a text with blanks to a width in columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-present.Columns(s)))
}
