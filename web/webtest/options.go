package webtest

import (
	"context"
	"time"

	"domaincheck"
	"domaincheck/store"
	"domaincheck/web"
)

// Options are those of a dashboard over a seeded store: two channels of which
// one fails, and a daemon that says how it runs.
func (w *World) Options(s *store.Store) web.Options {
	started := time.Now()
	return web.Options{
		Store: s, Book: w.Book, Risks: w.Risks, Providers: w.Providers, Version: "test",
		Tables:   web.TableStates{"rules": w.Book.Version(), "signals": w.Risks.Version()},
		Settings: "store: sqlite:domaincheck.db\nchannels:\n  ops: {type: dingtalk, url: \"•••\"}\n",
		Channels: []web.Channel{{Name: "ops", Type: "dingtalk", Fallback: "mail"}, {Name: "mail", Type: "email"}},
		TestChannel: func(_ context.Context, channel, lang string) (web.ChannelTest, error) {
			if channel == "ops" {
				return web.ChannelTest{Channel: channel, Type: "dingtalk", Delivered: true, Code: "0", Message: "ok", TookMS: 84}, nil
			}
			advice := domaincheck.Text("检查收件地址是否存在")
			if lang == "en" {
				advice = "see whether the address exists"
			}
			return web.ChannelTest{Channel: channel, Type: "email", Code: "550", Message: "mailbox unavailable: <b>ops@example.com</b>", Advice: advice, TookMS: 312}, nil
		},
		Status: func(context.Context) web.Status {
			now := domaincheck.At(time.Now())
			return web.Status{Started: domaincheck.At(started), Role: "all",
				Parts: domaincheck.List[web.PartStatus]{
					{Part: "resolution", Sites: 25, Due: 0, Running: 1, LastSweep: now, SweepMS: 2100},
					{Part: "page", Sites: 25, Due: 3, Running: 2, Oldest: now, LastSweep: now, SweepMS: 9400},
					{Part: "registration", Sites: 25, Due: 12, Running: 1, LastSweep: now, SweepMS: 61000, Overrun: true},
				},
				Paces:    domaincheck.List[web.PaceStatus]{{Key: "whois.cnnic.cn:43", PerSecond: 1, Sites: 16}, {Key: "https://rdap.verisign.com", PerSecond: 0.5, Refusals: 2, Sites: 7, Note: "429, Retry-After 30 s"}},
				Channels: domaincheck.List[web.ChannelStatus]{{Channel: "ops", Last: now}, {Channel: "mail", Failing: domaincheck.At(started.Add(-5 * time.Hour)), Code: "550", Message: "mailbox unavailable"}},
			}
		},
	}
}
