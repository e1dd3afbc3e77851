package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"domaincheck"
	"domaincheck/alert"
)

// This file holds the chat services. What strangers wrote (titles, names on
// pages) is stripped of each service's own marks before it is composed, so that
// a page can neither call everybody nor plant a link.

// call is one request to a service: some events, and how to send them.
type call struct {
	events []alert.Event
	run    func(context.Context) error
}

// tame wraps words so that their texts hold no mark of the service.
type tame struct {
	alert.Words
	marks *strings.Replacer
}

func (t tame) Finding(f domaincheck.Finding, lang string) alert.Sentence {
	s := t.Words.Finding(f, lang)
	s.Summary, s.Fix, s.Basis = t.marks.Replace(s.Summary), t.marks.Replace(s.Fix), t.all(s.Basis)
	return s
}

func (t tame) Risk(r domaincheck.Risk, lang string) alert.Consequence {
	c := t.Words.Risk(r, lang)
	c.Outcome, c.Chain, c.Deadline = t.marks.Replace(c.Outcome), t.marks.Replace(c.Chain), t.marks.Replace(c.Deadline)
	c.Fix, c.Basis = t.marks.Replace(c.Fix), t.all(c.Basis)
	return c
}

func (t tame) Provider(id, lang string) string { return t.marks.Replace(t.Words.Provider(id, lang)) }

func (t tame) all(list []string) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = t.marks.Replace(list[i])
	}
	return out
}

// compose writes the events for the channel.
func (s *sending) compose(events []alert.Event, limits alert.Limits, marks ...string) []alert.Piece {
	if s.doc != nil {
		return s.doc.pieces(limits, marks)
	}
	words := s.words
	if len(marks) > 0 {
		words = tame{words, strings.NewReplacer(marks...)}
	}
	return alert.Compose(events, alert.Options{Lang: s.channel.Language, Words: words, Limits: limits, Template: s.channel.Template})
}

// form is how a chat service is spoken to.
type form struct {
	text  int      // bytes of text in one message
	most  int      // bytes of one body
	marks []string // old, new: what of strangers' texts means something to the service
	body  func(alert.Piece) ([]byte, error)
	send  func(context.Context, []byte) error
}

// calls makes one call a piece. Where a body comes out larger than it may be
// (quotes and line ends grow in JSON), the pieces are made smaller.
func (s *sending) calls(events []alert.Event, f form) ([]call, error) {
	for limit := f.text; ; limit = limit * 3 / 4 {
		var out []call
		large := false
		for _, p := range s.compose(events, alert.Limits{Bytes: limit}, f.marks...) {
			b, err := f.body(p)
			if err != nil {
				return nil, err
			}
			large = large || len(b) > f.most
			out = append(out, call{eventsOf(p), func(ctx context.Context) error { return f.send(ctx, b) }})
		}
		if !large || limit < 400 {
			return out, nil
		}
	}
}

func eventsOf(p alert.Piece) []alert.Event {
	out := make([]alert.Event, len(p.Blocks))
	for i := range p.Blocks {
		out[i] = *p.Blocks[i].Event
	}
	return out
}

// calling tells whether people are called by name: not for what is over.
func calling(p alert.Piece) bool {
	return slices.ContainsFunc(p.Blocks, func(b alert.Block) bool {
		return b.Event.Kind != alert.Resolved && b.Event.Kind != alert.Summary && b.Event.Kind != alert.Test && b.Event.Kind != reported
	})
}

// phones and ids parts mentions into mobile numbers and user ids.
func phonesAndIDs(mentions []string) (phones, ids []string) {
	for _, m := range mentions {
		if strings.Trim(m, "+0123456789-") == "" {
			phones = append(phones, m)
		} else {
			ids = append(ids, m)
		}
	}
	return phones, ids
}

func signature(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// dingtalk sends markdown; a line ends with two blanks there. The signature is
// base64(HMAC-SHA256(secret, "milliseconds\nsecret")), good for an hour.
func (s *sending) dingtalk(events []alert.Event) ([]call, error) {
	phones, ids := phonesAndIDs(s.channel.Mentions)
	marks := []string{"<", "＜", ">", "＞", "[", "［", "]", "］", "*", "＊", "`", "'", "#", "＃", "@", "＠"}
	return s.calls(events, form{text: 16_000, most: 19_900, marks: marks, body: func(p alert.Piece) ([]byte, error) {
		at := map[string]any{"isAtAll": false}
		text := strings.ReplaceAll(p.Text(), "\n", "  \n")
		if calling(p) && len(phones)+len(ids) > 0 {
			at["atMobiles"], at["atUserIds"] = phones, ids
			text += "  \n\n@" + strings.Join(slices.Concat(phones, ids), " @")
		}
		return encode(map[string]any{"msgtype": "markdown", "markdown": map[string]string{"title": short(p.Title(), 64), "text": text}, "at": at})
	}, send: func(ctx context.Context, body []byte) error {
		to := s.channel.URL.reveal()
		if secret := s.channel.Secret.reveal(); secret != "" {
			u, err := url.Parse(to)
			if err != nil {
				return &Failure{Kind: domaincheck.CodeBadSettings, Message: "the channel's url cannot be read", Whole: true}
			}
			q := u.Query()
			stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
			q.Set("timestamp", stamp)
			q.Set("sign", signature(secret, stamp+"\n"+secret))
			u.RawQuery = q.Encode()
			to = u.String()
		}
		a, err := s.post(ctx, to, body, nil)
		if err != nil {
			return err
		}
		return inside(s.channel, a.body, "errmsg", "errcode")
	}})
}

// wecom sends plain text, 2,048 bytes at most.
func (s *sending) wecom(events []alert.Event) ([]call, error) {
	phones, ids := phonesAndIDs(s.channel.Mentions)
	return s.calls(events, form{text: 2040, most: 1 << 20, body: func(p alert.Piece) ([]byte, error) {
		text := map[string]any{"content": p.Text()}
		if calling(p) {
			if len(ids) > 0 {
				text["mentioned_list"] = ids
			}
			if len(phones) > 0 {
				text["mentioned_mobile_list"] = phones
			}
		}
		return encode(map[string]any{"msgtype": "text", "text": text})
	}, send: func(ctx context.Context, body []byte) error {
		a, err := s.post(ctx, s.channel.URL.reveal(), body, nil)
		if err != nil {
			return err
		}
		return inside(s.channel, a.body, "errmsg", "errcode")
	}})
}

// feishu sends plain text. The signature is
// base64(HMAC-SHA256("seconds\nsecret", "")), good for an hour; it stands in
// the body.
func (s *sending) feishu(events []alert.Event) ([]call, error) {
	_, ids := phonesAndIDs(s.channel.Mentions)
	return s.calls(events, form{text: 16_000, most: 19_500, marks: []string{"<", "＜", ">", "＞"}, body: func(p alert.Piece) ([]byte, error) {
		text := p.Text()
		if calling(p) {
			for _, id := range ids {
				text += "\n<at user_id=\"" + strings.NewReplacer(`"`, "", "<", "", ">", "").Replace(id) + "\"></at>"
			}
		}
		return encode(map[string]any{"msg_type": "text", "content": map[string]string{"text": text}})
	}, send: func(ctx context.Context, body []byte) error {
		if secret := s.channel.Secret.reveal(); secret != "" {
			var m map[string]json.RawMessage
			if err := json.Unmarshal(body, &m); err != nil {
				return err
			}
			stamp := strconv.FormatInt(time.Now().Unix(), 10)
			signed := map[string]any{"timestamp": stamp, "sign": signature(stamp+"\n"+secret, "")}
			for name, raw := range m {
				signed[name] = raw
			}
			var err error
			if body, err = encode(signed); err != nil {
				return err
			}
		}
		a, err := s.post(ctx, s.channel.URL.reveal(), body, nil)
		if err != nil {
			return err
		}
		return inside(s.channel, a.body, "msg", "code", "StatusCode")
	}})
}

// slackSection is how many characters one section takes, with some to spare of
// the documented 3,000.
const slackSection = 2900

// slack sends Block Kit: a section or more for each event, 50 at most a
// message, and the same as plain text for notifications.
func (s *sending) slack(events []alert.Event) ([]call, error) {
	_, ids := phonesAndIDs(s.channel.Mentions)
	marks := []string{"&", "&amp;", "<", "&lt;", ">", "&gt;"}
	var out []call
	for _, p := range s.compose(events, alert.Limits{Bytes: 24_000, Blocks: 20}, marks...) {
		m := slack.WebhookMessage{Text: p.Text(), Blocks: &slack.Blocks{}}
		section := func(text string) {
			m.Blocks.BlockSet = append(m.Blocks.BlockSet, slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, nil))
		}
		for _, b := range p.Blocks {
			for _, part := range portions(b.Text(), slackSection) {
				section(part)
			}
		}
		if calling(p) && len(ids) > 0 {
			section("<@" + strings.Join(ids, "> <@") + ">")
		}
		body, err := encode(m)
		if err != nil {
			return nil, err
		}
		out = append(out, call{eventsOf(p), func(ctx context.Context) error {
			a, err := s.post(ctx, s.channel.URL.reveal(), body, nil)
			if err != nil {
				return err
			}
			return slackSays(s.channel, a.body)
		}})
	}
	return out, nil
}

// slackSays: a webhook says "ok"; what stands in for one may say so in JSON.
func slackSays(c *Channel, body []byte) error {
	if strings.TrimSpace(string(body)) == "ok" {
		return nil
	}
	var m struct {
		OK    *bool
		Error string
	}
	if json.Unmarshal(body, &m) != nil || m.OK == nil {
		return unreadable(c, body)
	}
	if !*m.OK {
		return &Failure{Kind: domaincheck.CodeRefused, Code: c.scrub(m.Error), Message: "Slack refuses the message", Whole: m.Error == "ratelimited" || m.Error == "rate_limited"}
	}
	return nil
}

// portions cuts a text into parts of at most n characters, at line ends where
// that is possible.
func portions(text string, n int) []string {
	var out []string
	for utf8.RuneCountInString(text) > n {
		head := string([]rune(text)[:n])
		if i := strings.LastIndexByte(head, '\n'); i > 0 {
			head = head[:i]
		}
		out = append(out, head)
		text = strings.TrimPrefix(text[len(head):], "\n")
	}
	if text != "" {
		out = append(out, text)
	}
	return out
}

// short is at most n characters of a text.
func short(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}
