package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// channel checks one channel: the keys its type has, and those it needs.
func (c *checker) channel(name string, ch Channel) {
	path := join("channels", name)
	if !isChannelName(name) {
		c.fail(path, "letters, digits, - and _", "%s is no name of a channel", show(name))
	}
	if ch.Type == "" {
		c.fail(path, "type: dingtalk, slack, wecom, feishu, email, webhook or alertmanager", "a channel has a type")
		return
	}
	c.onlyIf(path, ch, "secret", !ch.Secret.IsZero(), "dingtalk", "feishu", "webhook")
	c.onlyIf(path, ch, "mentions", len(ch.Mentions) > 0, "dingtalk", "wecom", "feishu", "slack")
	c.onlyIf(path, ch, "password", !ch.Password.IsZero(), "email")
	c.onlyIf(path, ch, "from", ch.From != "", "email")
	c.onlyIf(path, ch, "to", len(ch.To) > 0, "email")
	c.onlyIf(path, ch, "starttls", ch.StartTLS != "", "email")
	if ch.Type == "email" {
		c.email(path, ch)
		return
	}
	c.webURL(path+".url", ch.URL, true)
	for i, m := range ch.Mentions {
		if at := fmt.Sprintf("%s.mentions[%d]", path, i); strings.TrimSpace(m) == "" || strings.ContainsFunc(m, unicode.IsControl) {
			c.fail(at, "a mobile number or user id, in quotes", "nobody is named")
		}
	}
}

func isChannelName(name string) bool {
	return name != "" && len(name) <= 64 && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// onlyIf refuses a key that means nothing for the channel's type.
func (c *checker) onlyIf(path string, ch Channel, key string, given bool, types ...string) {
	if given && !slices.Contains(types, ch.Type) {
		c.fail(path+"."+key, "drop the key; it belongs to "+strings.Join(types, ", "), "a channel of type %s has no %s", ch.Type, key)
	}
}

// email checks smtp[s]://user@host:port, from and to. The URL is not quoted:
// somebody may have put a password into it.
func (c *checker) email(path string, ch Channel) {
	const hint = "smtp://user@host:587 or smtps://user@host:465"
	u, err := url.Parse(ch.URL.Reveal())
	switch {
	case ch.URL.IsZero():
		c.fail(path+".url", hint, "no url")
	case err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "":
		c.fail(path+".url", hint, "not an smtp or smtps URL")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		c.fail(path+".url", hint, "an smtp URL ends after the port")
	default:
		if _, inside := u.User.Password(); inside && !ch.Password.IsZero() {
			c.fail(path+".password", "keep one of the two", "the url holds a password too")
		}
		if u.User.Username() == "" && !ch.Password.IsZero() {
			c.fail(path+".password", hint, "the url names no user for it")
		}
		if u.Scheme == "smtps" && ch.StartTLS == "always" {
			c.fail(path+".starttls", "smtps is encrypted from the first byte; smtp:// takes STARTTLS", "smtps takes no STARTTLS")
		}
	}
	if !isAddress(ch.From) {
		c.fail(path+".from", "from: domaincheck@example.com", "%s is no e-mail address", c.shown(path+".from", ch.From))
	}
	if len(ch.To) == 0 {
		c.fail(path+".to", "to: [ops@example.com]", "nobody to write to")
	}
	for i, to := range ch.To {
		if at := fmt.Sprintf("%s.to[%d]", path, i); !isAddress(to) {
			c.fail(at, "", "%s is no e-mail address", c.shown(at, to))
		}
	}
}

// fallbacks lead to another channel and never in a circle.
func (c *checker) fallbacks() {
	for _, name := range slices.Sorted(maps.Keys(c.s.Channels)) {
		next := c.s.Channels[name].Fallback
		if next == "" {
			continue
		}
		path := join("channels", name) + ".fallback"
		if _, ok := c.s.Channels[next]; !ok {
			c.fail(path, c.channelHint(next), "there is no channel %s", c.shown(path, next))
			continue
		}
		for steps := 0; next != "" && steps <= len(c.s.Channels); steps++ {
			if next == name {
				c.fail(path, "the last of a chain has no fallback", "the fallbacks lead back to %s", name)
				break
			}
			next = c.s.Channels[next].Fallback
		}
	}
}
