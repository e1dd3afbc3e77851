package app

import (
	"context"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

// strays are channels that messages wait for although the settings no longer
// name them, with when that was first seen.
type strays struct {
	seen map[string]time.Time
	next time.Time
}

// noChannel is the code of a message that was given up because its channel is
// gone.
const noChannel = "no_channel"

// strayFor is how long messages wait for a channel that the settings do not
// name: long enough for other nodes to read the same settings.
const strayFor = 2 * time.Minute

// closeStrays gives up, as dead letters that can be read and revived, messages
// for channels that the settings no longer name. What still lasts of them is
// told anew to the channels of the routes in force, with its next look. A
// channel that another node drains is left alone: its settings name it.
func (a *App) closeStrays(ctx context.Context, s *strays) error {
	now := a.o.Now()
	if now.Before(s.next) {
		return nil
	}
	s.next = now.Add(a.o.Stray / 4)
	waiting, err := a.store.WaitingChannels(ctx)
	if err != nil {
		return err
	}
	seen := map[string]time.Time{}
	for _, channel := range waiting {
		if _, known := a.inForce().config.Settings.Channels[channel]; known {
			continue
		}
		owner, err := a.store.Drainer(ctx, channel)
		if err != nil {
			return err
		}
		if owner != "" && owner != a.owner {
			continue
		}
		first, again := s.seen[channel]
		if !again {
			first = now
			a.log.WarnContext(ctx, "messages wait for a channel that the settings do not name; they become dead letters", "channel", channel, "in", a.o.Stray)
		}
		if now.Sub(first) < a.o.Stray {
			seen[channel] = first
			continue
		}
		if err := a.buryStrays(ctx, channel); err != nil {
			return err
		}
	}
	s.seen = seen
	return nil
}

// buryStrays makes dead letters of all that waits for a channel.
func (a *App) buryStrays(ctx context.Context, channel string) error {
	for n := 0; ; {
		rows, err := a.store.Pending(ctx, channel, 500)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			a.log.ErrorContext(ctx, "messages were given up: the settings do not name their channel", "channel", channel, "messages", n)
			return nil
		}
		at := domaincheck.At(a.o.Now())
		tries := make([]alert.Delivery, 0, len(rows))
		for i := range rows {
			q := &rows[i]
			tries = append(tries, alert.Delivery{
				Row: q.ID, Channel: q.Channel, Keys: q.Keys, Kind: q.Kind, At: at, Outcome: alert.Dead, Attempts: q.Attempts, FirstTry: q.FirstTry,
				Code: noChannel, Message: "the settings no longer name this channel",
			})
		}
		if err := a.store.Settle(ctx, tries, nil); err != nil {
			return err
		}
		n += len(rows)
	}
}
