package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/present"
	"domaincheck/store"
)

// queueFlags are the flags of notify queue.
type queueFlags struct {
	state, channel string
	limit          int
}

func (p *program) queueCommand() *cobra.Command {
	var c queueFlags
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "Messages that wait, and dead letters (等待与放弃的消息)",
		Long: `Lists the messages that wait for their channel and those that were given up (dead letters), the newest
first, with what the service answered last. "notify revive ID" lets a dead letter wait again.

列出等待投递的消息和已放弃的消息，最新的在前，并说明服务最后的答复。`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{"settings": "found", "formats": "text|json"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.queue(cmd.Context(), c) },
	}
	f := cmd.Flags()
	f.StringVar(&c.state, "state", "", "only pending, dead or delivered ones (default: pending and dead)")
	f.StringVar(&c.channel, "channel", "", "only those for this channel `NAME`")
	f.IntVar(&c.limit, "limit", 100, "so many at most of each state")
	return cmd
}

func (p *program) queue(ctx context.Context, c queueFlags) error {
	states := []string{"pending", "dead"}
	if c.state != "" {
		states = []string{c.state}
	}
	switch {
	case !slices.Contains([]string{"pending", "dead", "delivered"}, states[0]):
		return badFlag("state", c.state, "pending, dead or delivered")
	case c.limit < 1 || c.limit > 1000:
		return badFlag("limit", fmt.Sprint(c.limit), "between 1 and 1000")
	}
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	all := []deliveredMessage{}
	for _, state := range states {
		rows, err := db.Deliveries(ctx, store.DeliveryQuery{State: state, Channel: c.channel, Limit: c.limit})
		if err != nil {
			return storeError(err)
		}
		for _, r := range rows {
			all = append(all, messageOf(r))
		}
	}
	if p.global.format == "json" {
		return p.printJSON(all)
	}
	if len(all) == 0 {
		fmt.Fprintln(p.out, p.say("没有等待或放弃的消息", "no message waits, and none was given up"))
	}
	for _, d := range all {
		line := fmt.Sprintf("#%d  %s  %s  %s  %s  %s", d.ID, p.clock(d.Queued), present.Clean(d.Channel), deliveryWord(d.State, p.zh()), eventWord(d.Kind, p.zh()), present.Clean(strings.Join(d.Domains, p.say("、", ", "))))
		if d.Tries > 0 && d.State != "delivered" {
			line += fmt.Sprintf(p.say("  失败 %d 次", "  failed tries: %d"), d.Tries)
		}
		fmt.Fprintln(p.out, line)
		if answer := strings.TrimSpace(present.Clean(string(d.Code)) + " " + present.Clean(string(d.Message))); answer != "" && d.State != "delivered" {
			fmt.Fprintf(p.out, "    %s\n", answer)
		}
	}
	return nil
}

func (p *program) reviveCommand() *cobra.Command {
	return &cobra.Command{
		Use:         "revive ID …",
		Short:       "Let dead letters wait for delivery again (重发已放弃的消息)",
		Args:        cobra.MinimumNArgs(1),
		Annotations: map[string]string{"settings": "found", "formats": "text|json"},
		RunE:        func(cmd *cobra.Command, args []string) error { return p.revive(cmd.Context(), args) },
	}
}

func (p *program) revive(ctx context.Context, args []string) error {
	ids := make([]int64, len(args))
	for i, a := range args {
		id, err := strconv.ParseInt(strings.TrimPrefix(a, "#"), 10, 64)
		if err != nil || id < 1 {
			return domaincheck.Errorf(domaincheck.CodeBadInput, "", "%q is no number of a message", a).WithHint("domaincheck notify queue --state dead lists them")
		}
		ids[i] = id
	}
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, id := range ids {
		if err := db.Revive(ctx, id); err != nil {
			return storeError(err)
		}
	}
	if p.global.format == "json" {
		return p.printJSON(map[string]any{"revived": ids})
	}
	fmt.Fprintf(p.out, p.say("%d 条消息重新等待投递\n", "messages that wait again: %d\n"), len(ids))
	return nil
}
