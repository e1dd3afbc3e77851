package main

import (
	"encoding/csv"
	"strconv"
	"strings"

	"domaincheck/desk"
	"domaincheck/present"
)

// deskCSV writes candidates as a sheet, with a byte order mark for Excel.
func (p *program) deskCSV(found []desk.Candidate) error {
	if _, err := p.out.Write([]byte("\ufeff")); err != nil {
		return cannot(err)
	}
	w := csv.NewWriter(p.out)
	rows := [][]string{{"kind", "domain", "customer", "subject", "confirmed", "since", "deadline", "deadline_kind", "still_here", "seen", "rules", "numbers", "others"}}
	for _, c := range found {
		var hosts []string
		for _, h := range c.Hosts {
			hosts = append(hosts, h.Host)
		}
		rows = append(rows, []string{
			string(c.Kind), c.Unicode, string(c.Customer), string(c.Subject), strconv.FormatBool(c.Confirmed), c.Since.Day().String(), c.Deadline.Day().String(), string(c.DeadlineKind),
			strings.Join(hosts, " "), strings.Join(c.Seen, " | "), strings.Join(c.Rules, " "), strings.Join(c.Numbers, " "), strings.Join(c.Others, " | "),
		})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = present.Cell(row[i])
		}
		if err := w.Write(row); err != nil {
			return cannot(err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return cannot(err)
	}
	return nil
}
