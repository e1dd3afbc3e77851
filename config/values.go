package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

const day = 24 * time.Hour

// Cron is a schedule as it is written; empty for none. [ParseCron] reads it.
type Cron string

func (c *Cron) set(text string) error {
	if _, err := ParseCron(text, time.UTC); err != nil {
		return err
	}
	*c = Cron(text)
	return nil
}

// In is the schedule in a time zone. It is an error for a text that did not
// come from settings and does not parse.
func (c Cron) In(zone *time.Location) (cron.Schedule, error) { return ParseCron(string(c), zone) }

// ParseCron reads five fields (minute hour day month weekday) or a descriptor
// (@daily, @every 30m). The zone holds unless the text names its own by
// CRON_TZ= or TZ=. A schedule that never comes, or oftener than once a second,
// is an error.
func ParseCron(text string, zone *time.Location) (cron.Schedule, error) {
	spec, named := text, false
	for _, prefix := range []string{"CRON_TZ=", "TZ="} {
		rest, ok := strings.CutPrefix(spec, prefix)
		if !ok {
			continue
		}
		name, fields, ok := strings.Cut(rest, " ")
		if !ok {
			return nil, errors.New("after the zone stand a blank and the schedule")
		}
		var err error
		if zone, err = loadZone(name); err != nil {
			return nil, err
		}
		spec, named = strings.TrimSpace(fields), true
		break
	}
	if strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=") {
		return nil, errors.New("one zone is enough")
	}
	if every, ok := strings.CutPrefix(spec, "@every "); ok {
		d, err := time.ParseDuration(every)
		if err != nil {
			return nil, errors.New("after @every stands a duration such as 30m or 6h")
		}
		if d < time.Second {
			return nil, errors.New("once a second (@every 1s) is the fastest")
		}
		if named {
			return nil, errors.New("@every knows no time zone")
		}
	}
	schedule, err := cron.ParseStandard(spec)
	if err != nil {
		return nil, err
	}
	if s, ok := schedule.(*cron.SpecSchedule); ok {
		s.Location = zone
		if s.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
			return nil, errors.New("that day never comes")
		}
		if err := stepsFit(spec); err != nil {
			return nil, err
		}
	}
	return schedule, nil
}

// stepsFit refuses a step larger than its field: */99 in the field of minutes
// means once an hour, and nobody who writes it means that.
func stepsFit(spec string) error {
	for i, field := range strings.Fields(spec) {
		most := [...]int{60, 24, 31, 12, 7}
		if strings.HasPrefix(spec, "@") || i >= len(most) {
			return nil
		}
		for part := range strings.SplitSeq(field, ",") {
			_, step, ok := strings.Cut(part, "/")
			if n, err := strconv.Atoi(step); ok && err == nil && n > most[i] {
				return fmt.Errorf("a step of %d does not fit its field, which has %d values", n, most[i])
			}
		}
	}
	return nil
}

// Zone is the IANA name of a time zone.
type Zone string

func (z *Zone) set(text string) error {
	if _, err := loadZone(text); err != nil {
		return err
	}
	*z = Zone(text)
	return nil
}

// Location is the zone's rules. It is an error for a name that the time zone
// database does not hold.
func (z Zone) Location() (*time.Location, error) { return loadZone(string(z)) }

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("a zone is named, not taken from the machine")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, errors.New("no such time zone")
	}
	return zone, nil
}

// Quiet are hours of the day in the settings' zone: from From (inclusive) to To
// (exclusive), in minutes after midnight; over midnight where To is earlier.
// The zero value is no quiet hours.
type Quiet struct{ From, To int }

func (q *Quiet) set(text string) error {
	from, to, ok := strings.Cut(text, "-")
	if !ok {
		return errors.New("two times with a hyphen between them")
	}
	var err error
	if q.From, err = clock(from); err != nil {
		return err
	}
	if q.To, err = clock(to); err != nil {
		return err
	}
	if q.From == q.To {
		return errors.New("they begin and end at the same time")
	}
	return nil
}

// clock reads HH:MM.
func clock(text string) (int, error) {
	t, err := time.Parse("15:04", strings.TrimSpace(text))
	if err != nil {
		return 0, errors.New("a time of day is HH:MM, 00:00 to 23:59")
	}
	return t.Hour()*60 + t.Minute(), nil
}

// IsZero tells whether there are no quiet hours.
func (q Quiet) IsZero() bool { return q == Quiet{} }

// Contains tells whether a moment, in its own zone, lies in the quiet hours.
func (q Quiet) Contains(t time.Time) bool {
	now := t.Hour()*60 + t.Minute()
	if q.From <= q.To {
		return q.From <= now && now < q.To
	}
	return now >= q.From || now < q.To
}

// String is HH:MM-HH:MM.
func (q Quiet) String() string {
	if q.IsZero() {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", q.From/60, q.From%60, q.To/60, q.To%60)
}

// units of durations, the longest first.
func unit(name string) time.Duration {
	switch name {
	case "ms":
		return time.Millisecond
	case "s":
		return time.Second
	case "m":
		return time.Minute
	case "h":
		return time.Hour
	case "d":
		return day
	case "w":
		return 7 * day
	}
	return 0
}

// ParseDuration reads 300ms, 30s, 30m, 6h, 90d, 2w and joined forms (1d12h,
// 1.5h); 0 needs no unit. A day is 24 hours. Negative durations, and those
// beyond 146 years, are errors.
func ParseDuration(text string) (time.Duration, error) {
	rest := strings.TrimSpace(text)
	if rest == "0" {
		return 0, nil
	}
	var sum float64
	if rest == "" {
		return 0, errors.New("it is empty")
	}
	for rest != "" {
		n := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if n <= 0 {
			return 0, errors.New("a number and its unit, such as 30s, 6h or 90d")
		}
		value, err := strconv.ParseFloat(rest[:n], 64)
		if err != nil {
			return 0, errors.New("a number and its unit, such as 30s, 6h or 90d")
		}
		rest = rest[n:]
		n = strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
		if n < 0 {
			n = len(rest)
		}
		u := unit(rest[:n])
		if u == 0 {
			return 0, errors.New("the units are ms, s, m, h, d and w")
		}
		sum += value * float64(u)
		rest = rest[n:]
	}
	if sum > math.MaxInt64/2 {
		return 0, errors.New("that is too long")
	}
	return time.Duration(math.Round(sum/float64(time.Millisecond))) * time.Millisecond, nil
}

// FormatDuration writes a duration as [ParseDuration] reads it, in the longest
// units that fit: 6h, 90d, 1d12h, 0s. Below milliseconds it is cut.
func FormatDuration(d time.Duration) string {
	if d < time.Millisecond {
		return "0s"
	}
	var b strings.Builder
	for _, name := range []string{"d", "h", "m", "s", "ms"} {
		if n := d / unit(name); n > 0 {
			fmt.Fprintf(&b, "%d%s", n, name)
			d -= n * unit(name)
		}
	}
	return b.String()
}
