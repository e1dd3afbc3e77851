package notify

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

// hookBody is what a webhook is sent, one event a call.
type hookBody struct {
	Schema   int                  `json:"schema"`
	Key      string               `json:"key"`
	Event    string               `json:"event"` // opened, updated, resolved, test; report for a compliance report, which has no domain
	Kind     alert.Kind           `json:"kind"`  // finer: worse, reminder, deadline …
	Domain   domaincheck.Text     `json:"domain"`
	Rule     domaincheck.Text     `json:"rule"`
	Target   domaincheck.Text     `json:"target"`
	Level    domaincheck.Severity `json:"level"`
	Since    domaincheck.Instant  `json:"since"`
	Deadline domaincheck.Instant  `json:"deadline"`
	Text     string               `json:"text"`
}

// hookEvent is the word of the contract for a kind.
func hookEvent(k alert.Kind) string {
	if k.Updated() {
		return "updated"
	}
	return string(k)
}

// webhook sends signed JSON, one event a call. The signature is
// hex(HMAC-SHA256(secret, timestamp + "." + body)).
func (s *sending) webhook(events []alert.Event) ([]call, error) {
	var out []call
	for i := range events {
		e := &events[i]
		text := s.compose(events[i:i+1], alert.Limits{})[0].Text()
		body, err := encode(hookBody{
			Schema: 1, Key: e.Key, Event: hookEvent(e.Kind), Kind: e.Kind, Domain: e.Domain, Rule: domaincheck.Text(e.Rule), Target: e.Target,
			Level: e.Level, Since: e.Since, Deadline: e.Deadline, Text: text,
		})
		if err != nil {
			return nil, err
		}
		out = append(out, call{events[i : i+1], func(ctx context.Context) error {
			stamp := strconv.FormatInt(time.Now().Unix(), 10)
			header := map[string]string{"Idempotency-Key": e.Key, "X-Domaincheck-Timestamp": stamp}
			if secret := s.channel.Secret.reveal(); secret != "" {
				mac := hmac.New(sha256.New, []byte(secret))
				mac.Write([]byte(stamp + "."))
				mac.Write(body)
				header["X-Domaincheck-Signature"] = "sha256=" + hex.EncodeToString(mac.Sum(nil))
			}
			_, err := s.post(ctx, s.channel.URL.reveal(), body, header)
			return err
		}})
	}
	return out, nil
}

// alarm is one alert of Alertmanager's API v2.
type alarm struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
}

// alarmLasts is how long Alertmanager keeps an alert open of which nothing
// more is heard. It ends sooner, by the resolved event.
const alarmLasts = 30 * 24 * time.Hour

// alertmanager sends all events in one call. The labels hold what stays the
// same while an event is open, since they are its identity there; the level,
// which may rise, is an annotation.
func (s *sending) alertmanager(events []alert.Event) ([]call, error) {
	const most = 100
	var out []call
	for len(events) > 0 {
		n := min(most, len(events))
		part := events[:n]
		events = events[n:]
		var alarms []alarm
		for i := range part {
			alarms = append(alarms, s.alarm(&part[i]))
		}
		body, err := encode(alarms)
		if err != nil {
			return nil, err
		}
		to := strings.TrimSuffix(s.channel.URL.reveal(), "/")
		if !strings.HasSuffix(to, "/api/v2/alerts") {
			to += "/api/v2/alerts"
		}
		out = append(out, call{part, func(ctx context.Context) error {
			_, err := s.post(ctx, to, body, nil)
			return err
		}})
	}
	return out, nil
}

func (s *sending) alarm(e *alert.Event) alarm {
	piece := s.compose([]alert.Event{*e}, alert.Limits{})[0]
	a := alarm{
		Labels:      map[string]string{"alertname": cmp.Or(e.Rule, "domaincheck"), "domain": string(e.Domain), "rule": cmp.Or(e.Rule, "test"), "source": "domaincheck"},
		Annotations: map[string]string{"key": e.Key, "level": string(e.Level), "summary": piece.Title(), "description": piece.Text(), "event": hookEvent(e.Kind)},
		StartsAt:    e.Since.Time, EndsAt: e.At.Add(alarmLasts),
	}
	for name, value := range map[string]domaincheck.Text{"target": e.Target, "provider": e.Provider, "subject": e.Subject} {
		if value != "" && (name == "target" || e.Kind != alert.Test) {
			if name == "target" {
				a.Labels[name] = string(value)
			} else {
				a.Annotations[name] = string(value)
			}
		}
	}
	if !e.Deadline.IsZero() {
		a.Annotations["deadline"] = e.Deadline.String()
	}
	if a.StartsAt.IsZero() {
		a.StartsAt = e.At.Time
	}
	switch e.Kind {
	case alert.Resolved:
		a.EndsAt = e.At.Time
		if a.EndsAt.Before(a.StartsAt) {
			a.EndsAt = a.StartsAt
		}
	case alert.Test:
		a.EndsAt = a.StartsAt.Add(time.Minute)
	}
	return a
}
