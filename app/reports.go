package app

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/config"
	"domaincheck/notify"
	"domaincheck/present"
)

// report makes a scheduled report as of now, with what changed since the turn
// before, and hands it to one channel: e-mail gets the file, chats and webhooks
// the summary.
func (a *App) report(ctx context.Context, f *force, r config.Report, channel string, last, due time.Time) error {
	world, done := a.worlds.borrow()
	defer done()
	lang := f.config.Settings.Channels[channel].Language
	if lang == "" {
		lang = f.lang
	}
	at := domaincheck.At(a.store.Now())
	sites, err := Entries(ctx, a.store, present.Scope{}, last)
	if err != nil {
		return err
	}
	match := byID(r.Match, world.Providers.ID)
	match.Rules = nil // of findings, see below
	c := present.Compliance{At: at, Since: domaincheck.At(last), Scope: present.Scope{Tags: r.Match.Tags}, Sites: chosen(sites, match, r.Match.Rules)}
	o := present.Options{Lang: lang, Book: world.Book, ProviderName: world.ProviderName, Risks: world.Risks, Stored: true}
	text, err := present.ReportNews(c, o)
	if err != nil {
		return err
	}
	doc := notify.Document{
		Key: alert.KeyOf("report", idOf(r), channel, domaincheck.At(due)), At: at, Text: text, Subject: say(lang, "域名备案合规报告 ", "Filing compliance report ") + at.Day().String(),
	}
	if f.config.Settings.Channels[channel].Type == "email" {
		var file bytes.Buffer
		if err := present.WriteReport(&file, r.Format, c, o); err != nil {
			return err
		}
		doc.File = &notify.File{Bytes: file.Bytes()}
		doc.File.Name, doc.File.Type = present.ReportFile(r.Format, at)
	}
	return a.teller.get().SendReport(ctx, channel, doc)
}

func say(lang, zh, en string) string {
	if lang == "en" {
		return en
	}
	return zh
}

// chosen passes on the entries that a match of the settings chooses: as an event
// of each site would be, and by the rules that fail.
func chosen(all iter.Seq2[present.Entry, error], m alert.Match, failing []string) iter.Seq2[present.Entry, error] {
	return func(yield func(present.Entry, error) bool) {
		for e, err := range all {
			if err == nil && !matches(&e.Report, m, failing) {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func matches(r *domaincheck.Report, m alert.Match, failing []string) bool {
	event := alert.Event{Domain: r.Domain}
	providers := []string{""}
	if r.Site != nil {
		event.Tags = slices.Clone(r.Site.Tags)
		if s := r.Site.Subject; s != nil {
			event.Tags = append(event.Tags, s.Tags...)
			event.Subject, event.SubjectName = domaincheck.Text(s.ID), s.Name
		}
		for _, access := range r.Site.Access {
			providers = append(providers, access.Provider)
		}
	}
	if !slices.ContainsFunc(providers, func(p string) bool {
		event.Provider = domaincheck.Text(p)
		return m.Has(&event)
	}) {
		return false
	}
	return len(failing) == 0 || slices.ContainsFunc(r.Findings, func(f domaincheck.Finding) bool {
		return f.Result == domaincheck.Fail && slices.ContainsFunc(failing, func(rule string) bool {
			part, star := strings.CutSuffix(rule, "*")
			return rule == f.Rule || star && strings.HasPrefix(f.Rule, part)
		})
	})
}
