package domaincheck

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Beijing is the zone in which regulators, registries of .cn and providers
// count days: UTC+8 all year (daylight saving ended in 1991).
//
// It is a function rather than a variable so that no package can change it.
func Beijing() *time.Location { return beijing }

var beijing = time.FixedZone("CST", 8*3600)

// Instant is a moment. Its zero value means "not known" and is null in JSON;
// otherwise JSON is RFC 3339 in Beijing time with at most millisecond
// fractions.
type Instant struct{ time.Time }

// At makes an Instant of t, cut to milliseconds so that it survives JSON and
// both databases unchanged.
func At(t time.Time) Instant {
	if t.IsZero() {
		return Instant{}
	}
	return Instant{t.Truncate(time.Millisecond).In(beijing)}
}

// MarshalJSON writes null for the unknown instant.
func (i Instant) MarshalJSON() ([]byte, error) {
	if i.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(i.String())
}

// UnmarshalJSON reads null, an RFC 3339 instant, or a civil date (which is
// 00:00 in Beijing).
func (i *Instant) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*i = Instant{}
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("an instant is a string or null: %w", err)
	}
	return i.UnmarshalText([]byte(s))
}

// MarshalText is the text form of [Instant.String].
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads what [ParseInstant] reads.
func (i *Instant) UnmarshalText(b []byte) error {
	v, err := ParseInstant(string(b))
	if err != nil {
		return err
	}
	*i = v
	return nil
}

// String is RFC 3339 in Beijing time; empty for the unknown instant.
func (i Instant) String() string {
	if i.IsZero() {
		return ""
	}
	return i.In(beijing).Format("2006-01-02T15:04:05.999Z07:00")
}

// Day is the Beijing day of the instant.
func (i Instant) Day() Date { return DateOf(i.Time) }

// ParseInstant reads RFC 3339 ("2026-11-21T09:00:00+08:00"), the same without
// zone or seconds (then Beijing time), or a civil date (00:00 Beijing time).
// The empty string is the unknown instant.
func ParseInstant(s string) (Instant, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Instant{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return At(t), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, beijing); err == nil {
			return At(t), nil
		}
	}
	return Instant{}, fmt.Errorf("%q is neither a date (2026-11-21) nor an instant (2026-11-21T09:00:00+08:00)", s)
}

// Date is a civil day in Beijing. Its zero value means "not known" and is null
// in JSON. It is comparable with ==.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the Beijing day that holds t; the unknown date for a zero t.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	y, m, d := t.In(beijing).Date()
	return Date{y, m, d}
}

// ParseDate reads YYYY-MM-DD strictly; the empty string is the unknown date.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	t, err := time.ParseInLocation("2006-01-02", s, beijing)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date (YYYY-MM-DD)", s)
	}
	return DateOf(t), nil
}

// MustDate is ParseDate for constants in tests and tables; it panics on a
// malformed date.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// IsZero tells whether the date is unknown.
func (d Date) IsZero() bool { return d == Date{} }

// String is YYYY-MM-DD; empty for the unknown date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Start is 00:00 of the day in Beijing.
func (d Date) Start() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, beijing)
}

// AddDays is the day n days later (earlier for a negative n).
func (d Date) AddDays(n int) Date { return DateOf(d.Start().AddDate(0, 0, n)) }

// AddMonths is the same day n calendar months later, or the last day of that
// month where it is shorter: 2026-11-30 + 3 months is 2027-02-28.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, beijing)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), first.Month(), min(d.Day, last)}
}

// Compare is -1, 0 or 1 as d is before, equal to or after o.
func (d Date) Compare(o Date) int {
	if !d.plain() || !o.plain() {
		return d.Start().Compare(o.Start())
	}
	return cmp.Or(cmp.Compare(d.Year, o.Year), cmp.Compare(d.Month, o.Month), cmp.Compare(d.Day, o.Day))
}

// plain tells of a day that every month has: its fields need no calendar.
func (d Date) plain() bool { return d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= 28 }

// Before tells whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After tells whether d is a later day than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// DaysUntil is the number of calendar days from d to o; negative if o is past.
func (d Date) DaysUntil(o Date) int {
	return int(o.Start().Sub(d.Start()) / (24 * time.Hour))
}

// MarshalJSON writes null for the unknown date.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(d.String())
}

// UnmarshalJSON reads null or YYYY-MM-DD.
func (d *Date) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*d = Date{}
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("a date is a string or null: %w", err)
	}
	return d.UnmarshalText([]byte(s))
}

// MarshalText is the text form of [Date.String].
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [ParseDate] reads.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
