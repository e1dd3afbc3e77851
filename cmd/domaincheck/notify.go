package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/notify"
	"domaincheck/present"
)

// notifyTime bounds a whole run of notify test.
const notifyTime = 50 * time.Second

func (p *program) notifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "notify",
		Short: "The channels that alerts go to (通知渠道)",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	test := &cobra.Command{
		Use:   "test [CHANNEL]",
		Short: "Send a test message and explain what the service answered (发送测试消息)",
		Long: `Sends one test message to the CHANNEL of the settings, to all of them without a name, and explains what
each service answered. Ends within a minute: status 0 if all were delivered, 1 if one was refused or could
not be reached, 2 if the settings are at fault.

向设置中的渠道发送一条测试消息（不写名称则逐一发送），并说明服务的答复。`,
		Args:        cobra.MaximumNArgs(1),
		Annotations: map[string]string{"settings": "found", "formats": "text|json"},
		RunE:        func(cmd *cobra.Command, args []string) error { return p.notifyTest(cmd.Context(), args) },
	}
	cmd.AddCommand(test, p.queueCommand(), p.reviveCommand())
	return cmd
}

func (p *program) notifyTest(ctx context.Context, args []string) error {
	s := p.global.settings
	names := slices.Sorted(maps.Keys(s.Channels))
	if len(names) == 0 {
		return domaincheck.Errorf(domaincheck.CodeBadSettings, "channels", "the settings name no channel").
			WithHint("name the settings with -c FILE; a channel is such as  ops: {type: dingtalk, url: \"${DT_URL}\", secret: \"${DT_SECRET}\"}")
	}
	if len(args) == 1 {
		if !slices.Contains(names, args[0]) {
			return domaincheck.Errorf(domaincheck.CodeBadSettings, "channels", "there is no channel %q", args[0]).
				WithHint("the settings name: " + strings.Join(names, ", "))
		}
		names = args
	}
	world, err := p.openTables()
	if err != nil {
		return err
	}
	channels, err := app.Channels(s)
	if err != nil {
		return err
	}
	trust, err := app.Trust(p.global.network.CAFile)
	if err != nil {
		return err
	}
	notifier, err := notify.New(notify.Options{Channels: channels, Words: app.Words(world.Book, world.Risks, world.Providers), TLS: trust})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, notifyTime)
	defer cancel()
	results := make([]notify.Diagnosis, len(names))
	failures := make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		wait.Go(func() { results[i], failures[i] = notifier.Test(ctx, name, p.global.lang) })
	}
	wait.Wait()
	for i := range names {
		if failures[i] != nil {
			return failures[i]
		}
		if !results[i].Delivered {
			p.status = statusFail
		}
	}
	return p.tellTests(results, len(args) == 1)
}

// tested is a diagnosis as it is printed in JSON.
type tested struct {
	Channel   string           `json:"channel"`
	Type      string           `json:"type"`
	Delivered bool             `json:"delivered"`
	Code      domaincheck.Text `json:"code"`
	Message   domaincheck.Text `json:"message"`
	Advice    domaincheck.Text `json:"advice"`
	TookMS    int64            `json:"took_ms"`
}

func (p *program) tellTests(results []notify.Diagnosis, single bool) error {
	if p.global.format == "json" {
		out := make([]tested, len(results))
		for i, d := range results {
			out[i] = tested{d.Channel, d.Type, d.Delivered, d.Code, d.Message, d.Advice, d.Took.Milliseconds()}
		}
		if single {
			return p.printJSON(out[0])
		}
		return p.printJSON(out)
	}
	var b strings.Builder
	for _, d := range results {
		what := p.say("已送达", "delivered")
		if !d.Delivered {
			what = p.say("未送达", "not delivered")
		}
		fmt.Fprintf(&b, "%s (%s)  %s  %d ms\n", present.Clean(d.Channel), d.Type, what, d.Took.Milliseconds())
		answer := strings.TrimSpace(present.Clean(string(d.Code)) + " " + present.Clean(p.inWords(string(d.Message))))
		if answer != "" {
			fmt.Fprintf(&b, "  %s%s\n", p.say("答复：", "answer: "), answer)
		}
		if d.Advice != "" {
			fmt.Fprintf(&b, "  %s%s\n", p.say("处理：", "to do: "), present.Clean(string(d.Advice)))
		}
	}
	_, err := fmt.Fprint(p.out, b.String())
	return err
}
