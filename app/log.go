package app

import (
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"domaincheck/present"
)

// NewLog makes the daemon's log: text for a person at a terminal, else one JSON
// object a line. Texts that came from outside are cleaned, so that no line can
// pretend to be another.
func NewLog(w io.Writer, terminal bool, level slog.Leveler) *slog.Logger {
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, at slog.Attr) slog.Attr {
		switch v := at.Value.Any().(type) {
		case error:
			at.Value = slog.StringValue(clipped(v.Error()))
		case string:
			at.Value = slog.StringValue(clipped(v))
		case time.Duration:
			at.Value = slog.StringValue(v.String())
		}
		return at
	}}
	if terminal {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// clipped bounds a text of the log and takes out what could move a cursor.
func clipped(s string) string {
	const most = 2000
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return present.Clean(s)
}

// seldom says the same thing once in ten minutes at most, and counts what it
// passed over.
type seldom struct {
	log *slog.Logger
	mu  sync.Mutex
	at  map[string]time.Time
	not map[string]int
}

func newSeldom(log *slog.Logger) *seldom {
	return &seldom{log: log, at: map[string]time.Time{}, not: map[string]int{}}
}

func (s *seldom) warn(msg string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := msg
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "channel" || args[i] == "task" || args[i] == "file" {
			if name, ok := args[i+1].(string); ok {
				key += "\x00" + name
			}
		}
	}
	now := time.Now()
	if last, said := s.at[key]; said && now.Sub(last) < 10*time.Minute {
		s.not[key]++
		return
	}
	if n := s.not[key]; n > 0 {
		args = append(args, "not_said_since", n)
	}
	s.at[key] = now
	delete(s.not, key)
	s.log.Warn(msg, args...)
}
