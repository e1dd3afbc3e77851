package notify

import "time"

// pace keeps a channel below its service's limits, with a little to spare: the
// service counts by its own clock.
type pace struct {
	rates []rate
	sent  []time.Time
}

type rate struct {
	most int
	span time.Duration
}

// paceOf gives the documented limits: DingTalk and WeCom 20 a minute, Slack one
// a second, Feishu 5 a second and 100 a minute.
func paceOf(typ string) *pace {
	p := &pace{}
	switch typ {
	case "dingtalk", "wecom":
		p.rates = []rate{{19, 61 * time.Second}}
	case "slack":
		p.rates = []rate{{1, 1100 * time.Millisecond}}
	case "feishu":
		p.rates = []rate{{4, 1100 * time.Millisecond}, {95, 61 * time.Second}}
	}
	return p
}

// takeOver takes a part of the budget for spent: the process that drained the
// channel until now may have used it. It is all of a second's, half of a
// minute's.
func (p *pace) takeOver(now time.Time) {
	n := 0
	for _, r := range p.rates {
		if r.span < 10*time.Second {
			n = max(n, r.most)
		} else {
			n = max(n, r.most/2)
		}
	}
	for range n {
		p.spend(now)
	}
}

// wait is how long until the next call may go; zero or less is now.
func (p *pace) wait(now time.Time) time.Duration {
	longest := time.Duration(0)
	for _, r := range p.rates {
		if len(p.sent) < r.most {
			continue
		}
		if d := p.sent[len(p.sent)-r.most].Add(r.span).Sub(now); d > longest {
			longest = d
		}
	}
	return longest
}

// spend counts one call.
func (p *pace) spend(now time.Time) {
	p.sent = append(p.sent, now)
	most := 0
	for _, r := range p.rates {
		most = max(most, r.most)
	}
	if n := len(p.sent) - most; n > 0 {
		p.sent = append(p.sent[:0], p.sent[n:]...)
	}
}

// backOff is how long the n-th failure in a row waits: one second, doubled each
// time, a minute at most.
func backOff(n int) time.Duration {
	if n > 6 {
		return time.Minute
	}
	return min(time.Minute, time.Second<<max(0, n-1))
}
