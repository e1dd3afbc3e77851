package risk

import (
	"io"
	"io/fs"
	"time"

	"domaincheck"
)

// Calendar knows the working days of mainland China: Monday to Friday but for
// the days off of the State Council's yearly notice (国务院办公厅关于…部分节假日安排的通知),
// and the Saturdays and Sundays that are worked to make up for them. Only
// years with a notice are known.
type Calendar struct {
	days        map[domaincheck.Date]bool // off days false, worked ones true
	first, last int                       // years with a notice
	version     string
}

// ReadCalendar reads a holiday table (day,kind,holiday,source; kind off or work).
func ReadCalendar(r io.Reader) (*Calendar, error) {
	const name = "holidays.csv"
	f, err := domaincheck.ReadTable(r, domaincheck.TableSpec{
		Name: name, Header: []string{"day", "kind", "holiday", "source"}, MinRows: 20, Key: func(row []string) string { return row[0] },
	})
	if err != nil {
		return nil, err
	}
	c := &Calendar{days: make(map[domaincheck.Date]bool, len(f.Rows)), version: domaincheck.TableVersion(f.AsOf, f.Bytes)}
	for i, row := range f.Rows {
		day, err := domaincheck.ParseDate(row[0])
		if err != nil || day.IsZero() {
			return nil, f.Row(name, i, "%q is no day", row[0])
		}
		if row[2] == "" || row[3] == "" {
			return nil, f.Row(name, i, "has no holiday or no source")
		}
		switch row[1] {
		case "off":
			c.days[day] = false
		case "work":
			if !weekend(day) {
				return nil, f.Row(name, i, "%s is worked anyway", day)
			}
			c.days[day] = true
		default:
			return nil, f.Row(name, i, "has kind %q; off or work is expected", row[1])
		}
		if c.first == 0 || day.Year < c.first {
			c.first = day.Year
		}
		c.last = max(c.last, day.Year)
	}
	return c, nil
}

func openCalendar(fsys fs.FS) (*Calendar, error) {
	f, err := fsys.Open("holidays.csv")
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "holidays.csv", "cannot be opened: %w", err)
	}
	defer f.Close()
	return ReadCalendar(f)
}

// Version names the table in reports.
func (c *Calendar) Version() string { return c.version }

// Known tells whether the year's notice is in the table. Working days of other
// years are Monday to Friday: approximate (约).
func (c *Calendar) Known(year int) bool { return year >= c.first && year <= c.last }

// Working tells whether people work on the day.
func (c *Calendar) Working(day domaincheck.Date) bool {
	if works, named := c.days[day]; named {
		return works
	}
	return !weekend(day)
}

func weekend(day domaincheck.Date) bool {
	w := day.Start().Weekday()
	return w == time.Saturday || w == time.Sunday
}

// AddWorkingDays is the n-th working day after day (n before it for a negative
// n); for 0, day itself, worked or not. approximate is true if a year without
// notice was counted in.
func (c *Calendar) AddWorkingDays(day domaincheck.Date, n int) (end domaincheck.Date, approximate bool) {
	by := 1
	if n < 0 {
		by, n = -1, -n
	}
	n = min(n, 10_000)
	for n > 0 {
		day = day.AddDays(by)
		approximate = approximate || !c.Known(day.Year)
		if c.Working(day) {
			n--
		}
	}
	return day, approximate
}
