package main

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/config"
	"domaincheck/lab"
)

// simulateFlags are the flags of lab simulate.
type simulateFlags struct {
	days, sites int
	seed        uint64
	start       string
	access      string
}

func (p *program) simulateCommand() *cobra.Command {
	var s simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Months of operation in simulated time: planted, alerted, late, false (模拟运行)",
		Long: `Lets the daemon's own scheduler, judgement, alerts and store live through months in simulated time:
faults are planted on healthy sites, among noise that must alarm nobody (hiccups, resolvers that are
silent or lie, a dead uplink, registries that refuse or are down, restarts, clocks that jump, deploys).
What was sent is compared with what was planted. The same seed gives the same months.

Where months of many sites would take longer than some minutes, DNS is looked at less often than by
default, and the result says so ("access", "sparser"); --access names the schedule: "*/30 * * * *".

Status 0: nothing false, nothing late. 1: something was.

以模拟时间运行数月：在正常网站上陆续制造真实故障，同时混入不应报警的干扰，再核对发出的提醒。
规模较大时，解析检查会比默认稀疏，结果中会写明（access、sparser）；也可用 --access 指定。`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{"settings": "own"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.simulate(cmd.Context(), &s) },
	}
	f := cmd.Flags()
	f.IntVar(&s.days, "days", 90, "days to live through (1 to 3650)")
	f.IntVar(&s.sites, "sites", 300, "number of sites (1 to 10000)")
	f.Uint64Var(&s.seed, "seed", 1, "what the months are drawn from")
	f.StringVar(&s.access, "access", "", "when DNS is looked at, a cron `SCHEDULE` (default: every 30 minutes, or less often for long runs)")
	f.StringVar(&s.start, "start", "2026-11-22", "the first `DAY`")
	return cmd
}

func (p *program) simulate(ctx context.Context, s *simulateFlags) error {
	if s.days < 1 || s.days > 3650 || s.sites < 1 || s.sites > 10000 {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "lab simulate", "--days is 1 to 3650 and --sites 1 to 10000")
	}
	start, err := domaincheck.ParseDate(s.start)
	if err != nil || start.IsZero() {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "--start", "%q is not a date (YYYY-MM-DD)", s.start)
	}
	if _, err := config.Cron(s.access).In(domaincheck.Beijing()); s.access != "" && err != nil {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "--access", "%q is no cron schedule (minute hour day month weekday): %w", s.access, err)
	}
	step := p.steps()
	defer step.end()
	step.now(p.say("模拟运行", "simulating"))
	score, err := app.Simulate(ctx, app.SimulateOptions{
		Days: s.days, Sites: s.sites, Seed: s.seed, Start: start.Start(), Access: s.access, Dir: fastFolder(),
		Progress: func(day int) { step.now(fmt.Sprintf(p.say("第 %d/%d 天", "day %d of %d"), day, s.days)) },
	})
	step.end()
	if err != nil {
		return cannot(err)
	}
	if score.False+score.Late > 0 {
		p.status = statusFail
	}
	if p.global.format == "json" {
		return p.printJSON(score)
	}
	p.showScore(score)
	return nil
}

// fastFolder is where the simulated daemon's store lies: in memory where the
// system offers that, so that months take minutes.
func fastFolder() string {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); runtime.GOOS == "linux" && err == nil && info.IsDir() {
		if dir, err := os.MkdirTemp(memory, "domaincheck-"); err == nil && os.Remove(dir) == nil {
			return memory
		}
	}
	return ""
}

func (p *program) showScore(s lab.Score) {
	fmt.Fprintf(p.out, p.say("%d 天、%d 个网站、种子 %d：检查 %d 次，发出 %d 条消息\n", "%d days, %d sites, seed %d: %d looks, %d messages\n"), s.Days, s.Sites, s.Seed, s.Looks, s.Sent)
	if s.Sparser {
		fmt.Fprintf(p.out, p.say("解析检查按 %s 进行，与守护进程的默认频率（每 30 分钟）不同\n", "DNS was looked at by %s, not every 30 minutes as the daemon does by default\n"), s.Access)
	}
	fmt.Fprintf(p.out, p.say("故障 %d 个，按时提醒 %d 个；晚报或漏报 %d，误报 %d；干扰 %d 次\n", "planted %d, alerted %d; late %d, false %d; disturbances %d\n"), s.Planted, s.Alerted, s.Late, s.False, s.Noises)
	for _, line := range s.Lates {
		fmt.Fprintln(p.out, p.say("晚报：", "late: ")+line)
	}
	for _, line := range s.Falses {
		fmt.Fprintln(p.out, p.say("误报：", "false: ")+line)
	}
}
