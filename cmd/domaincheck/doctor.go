package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/dnscheck"
	"domaincheck/present"
)

func (p *program) doctorCommand() *cobra.Command {
	var probe string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Can this machine look things up? (自检)",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.doctor(cmd.Context(), probe) },
	}
	cmd.Flags().StringVar(&probe, "probe", "cnnic.cn", "`DOMAIN` to try the resolvers, WHOIS and the web with")
	return cmd
}

// ailment is what one examination found.
type ailment struct {
	Part   string           `json:"part"`
	OK     bool             `json:"ok"`
	Detail string           `json:"detail"`
	Hint   domaincheck.Text `json:"hint"`
}

func (p *program) doctor(ctx context.Context, probe string) error {
	target, err := domaincheck.ParseTarget(probe)
	if err != nil {
		return err
	}
	world, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer world.Close()
	found := []ailment{
		{Part: "tables", OK: true, Detail: fmt.Sprintf(p.say("已载入 %d 张表，规则 %s", "%d loaded, rules %s"), len(world.Lists()), world.Tables["rules"])},
		p.examineClock(),
		p.examineDNS(ctx, world, target.Domain),
		p.examineRegistration(ctx, world, target.Domain),
		p.examineBrowser(),
	}
	p.status = statusPass
	for _, a := range found {
		if !a.OK {
			p.status = statusUnknown
		}
	}
	if p.global.format == "json" {
		return p.printJSON(found)
	}
	for _, a := range found {
		mark := "✓"
		if !a.OK {
			mark = "✗"
		}
		fmt.Fprintf(p.out, "%s %-13s %s\n", mark, a.Part, a.Detail)
		if a.Hint != "" {
			fmt.Fprintf(p.out, "  %-13s %s\n", "", a.Hint)
		}
	}
	return nil
}

// examineClock refuses a clock that is plainly wrong: every judgement of terms
// rests on it.
func (p *program) examineClock() ailment {
	now := time.Now()
	a := ailment{Part: "clock", OK: now.Year() >= 2026, Detail: domaincheck.At(now).String()}
	if !a.OK {
		a.Hint = domaincheck.Text(p.say("系统时间不对，期限无法判断；请校时", "the clock is wrong and terms cannot be judged: set it"))
	}
	return a
}

func (p *program) examineDNS(ctx context.Context, world *check.World, domain string) ailment {
	began := time.Now()
	r := world.Resolutions.Look(ctx, dnscheck.Question{Domain: domain})
	a := ailment{Part: "dns", OK: r.Outcome.Conclusive(), Detail: fmt.Sprintf(p.say("%s %s（%v），观察位置：%s", "%s %s %v, vantage %s"), domain, present.Outcome(r.Outcome, p.global.lang),
		time.Since(began).Round(time.Millisecond), p.vantageWord(r.Vantage))}
	if r.Error != nil {
		a.Detail += ": " + r.Error.Error()
	}
	if !a.OK {
		a.Hint = domaincheck.Text(p.say("解析器没有回答：检查出站 UDP/TCP 53，或用 --resolver 指定", "the resolvers do not answer: check outgoing UDP/TCP 53, or name others with --resolver"))
	}
	return a
}

func (p *program) examineRegistration(ctx context.Context, world *check.World, domain string) ailment {
	began := time.Now()
	r := world.Registrations.Look(ctx, domain)
	a := ailment{Part: "registration", OK: r.Outcome.Conclusive(), Detail: fmt.Sprintf(p.say("%s %s（%v）%v", "%s %s %v %v"), domain, present.Outcome(r.Outcome, p.global.lang),
		time.Since(began).Round(time.Millisecond), r.Servers)}
	if r.Error != nil {
		a.Detail += ": " + r.Error.Error()
	}
	if !a.OK {
		a.Hint = domaincheck.Text(p.say("WHOIS/RDAP 没有回答：检查出站 TCP 43 与 443", "WHOIS/RDAP does not answer: check outgoing TCP 43 and 443"))
	}
	return a
}

// examineBrowser looks for the Chromium that renders script pages. Without one
// such pages stay unknown, which is no fault of the machine.
func (p *program) examineBrowser() ailment {
	want := p.global.network.Browser
	if want == "off" {
		return ailment{Part: "browser", OK: true, Detail: p.say("已关闭", "off")}
	}
	names := []string{"chromium", "chromium-browser", "google-chrome", "chrome"}
	if want != "auto" && want != "" {
		names = []string{want}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			if _, err := os.Stat(path); err == nil {
				return ailment{Part: "browser", OK: true, Detail: path}
			}
		}
	}
	return ailment{Part: "browser", OK: want == "auto" || want == "", Detail: p.say("没有找到 Chromium", "no Chromium found"),
		Hint: domaincheck.Text(p.say("脚本生成的页面会判为「暂时无法判断」；安装 chromium 后可渲染", "pages drawn by script stay unknown; install chromium to render them"))}
}

func (p *program) vantageWord(v domaincheck.Vantage) string {
	switch v {
	case domaincheck.VantageMainland:
		return p.say("境内", "mainland")
	case domaincheck.VantageAbroad:
		return p.say("境外", "abroad")
	}
	return p.say("不明", "unknown")
}
