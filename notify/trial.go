package notify

import (
	"context"
	"errors"
	"net/http"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

// Diagnosis is what came of a trial message.
type Diagnosis struct {
	Channel   string           `json:"channel"`
	Type      string           `json:"type"`
	Delivered bool             `json:"delivered"`
	Code      domaincheck.Text `json:"code"`    // the service's own
	Message   domaincheck.Text `json:"message"` // what it said, free of secrets
	Advice    domaincheck.Text `json:"advice"`  // what to do, in the language asked for
	Took      time.Duration    `json:"took"`
}

// TestKey is the key of every trial message.
const TestKey = "TEST"

// Test sends a trial message to a channel and explains what the service
// answered; lang is "en", else Chinese. It takes one time-out at most. The
// error is of a channel that there is not.
func (n *Notifier) Test(ctx context.Context, channel, lang string) (Diagnosis, error) {
	d := n.find(channel)
	if d == nil {
		return Diagnosis{}, domaincheck.Errorf(domaincheck.CodeBadInput, "channels."+channel, "there is no channel of this name")
	}
	began := time.Now()
	now := domaincheck.At(began)
	e := alert.Event{Key: TestKey, Kind: alert.Test, Domain: "test.invalid", Unicode: "test.invalid", Level: domaincheck.Info, Since: now, At: now}
	err := n.Send(ctx, channel, []alert.Event{e})
	out := Diagnosis{Channel: channel, Type: d.channel.Type, Delivered: err == nil, Took: time.Since(began)}
	if err != nil {
		f := failureOf(d.channel, err)
		out.Code, out.Message = domaincheck.Text(f.Code), domaincheck.Text(f.Message)
		out.Advice = domaincheck.Text(advice(d.channel, f, lang))
	}
	return out, nil
}

// advice is what the user can do about a failure.
func advice(c *Channel, f *Failure, lang string) string {
	pick := func(zh, en string) string {
		if lang == "en" {
			return en
		}
		return zh
	}
	if m, ok := meaningOf(c.Type, f.Code, f.Message); ok {
		return pick(m.zh, m.en)
	}
	if zh, en := byStatus(f.status); zh != "" {
		return pick(zh, en)
	}
	switch {
	case f.broken:
		return pick("连上了，但对方没有答复完就断开：url 可能指向别的服务，或对方正在重启。", "it connects, but the other side hangs up before it has answered: the url may be of another service, or that restarts.")
	case errors.Is(f, domaincheck.CodeTimeout):
		return pick("在时限内没有回答。请检查网络、防火墙和 url。", "no answer in time. Check network, firewall and url.")
	case errors.Is(f, domaincheck.CodeNetwork):
		return pick("连不上。请检查 url 的主机名与端口、网络和防火墙。", "cannot connect. Check host and port of the url, network and firewall.")
	case errors.Is(f, domaincheck.CodeMalformed):
		return pick("回答无法识别：url 可能不是这种渠道的地址。", "the answer cannot be understood: the url may not be one of this kind of channel.")
	case errors.Is(f, domaincheck.CodeBadSettings):
		return pick("设置有误，请运行 domaincheck config check。", "the settings are wrong; run domaincheck config check.")
	}
	return pick("对方拒绝了消息，代码未知。请查该服务的文档。", "the service refused the message with an unknown code. See its documentation.")
}

// byStatus explains the statuses of HTTP that no service means in a way of its
// own; empty for those that say nothing.
func byStatus(status int) (zh, en string) {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "对方不认可这个地址或密钥。请核对 url 和 secret。", "the service does not accept this address or secret. Check url and secret."
	case status == http.StatusRequestEntityTooLarge:
		return "消息太长。", "the message is too long."
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests:
		return "发送太快，对方暂不接受。会自动重试。", "too fast: the service does not take it now. It is retried."
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone || status/100 == 3:
		return "地址不对：对方没有这个路径，或要求跳转。请核对 url。", "the address is wrong: there is no such path, or it redirects. Check the url."
	case status >= 500:
		return "对方的服务出错。会自动重试；若一直如此，请核对 url。", "the service itself fails. It is retried; if it stays so, check the url."
	case status >= 400:
		return "对方不接受这个请求：url 可能不是这种渠道的地址。", "the service does not take this request: the url may not be one of this kind of channel."
	}
	return "", ""
}
