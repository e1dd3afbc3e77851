package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/present"
	"domaincheck/store"
)

func (p *program) diffCommand() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use:   "diff DOMAIN [ID [ID]] | diff A.json B.json",
		Short: "What differs between two reports of a site (比较两份报告)",
		Long: `Compares two reports of a site that the store remembers: those with the IDs that "history" shows (one
ID: with the newest), those in force at two moments (--from, --to), or else the newest with the one
before; or two files of reports as check --json prints them. Shown are findings, risks, facts seen and
declared, and tables; a fact that is on one side alone is null on the other.`,
		Args:        cobra.RangeArgs(1, 3),
		Annotations: map[string]string{"settings": "found", "formats": "text|json"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 && from == "" && to == "" && isFile(args[0]) {
				return p.diffFiles(args[0], args[1])
			}
			return p.diffStored(cmd.Context(), args, from, to)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the report in force at `TIME`: 2026-11-21 (00:00 +08:00) or RFC 3339")
	cmd.Flags().StringVar(&to, "to", "", "with the report in force at `TIME` (default: the newest)")
	return cmd
}

// isFile tells a file of reports from a domain: by its ending or its path, or
// because it is there.
func isFile(name string) bool {
	lower := strings.ToLower(name)
	if name == "-" || strings.HasSuffix(lower, ".json") || strings.HasSuffix(lower, ".jsonl") || strings.ContainsRune(name, os.PathSeparator) && !strings.Contains(name, "://") {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func (p *program) diffFiles(a, b string) error {
	before, err := p.readReports(a)
	if err != nil {
		return err
	}
	after, err := p.readReports(b)
	if err != nil {
		return err
	}
	if len(before) == 1 && len(after) == 1 {
		if before[0].Domain != after[0].Domain {
			p.note(p.say("提示：这是两个网站的报告：%s 与 %s", "note: these are reports of two sites: %s and %s"), before[0].Domain, after[0].Domain)
		}
		d, err := present.Compare(before[0], after[0])
		if err != nil {
			return cannot(err)
		}
		return p.difference(d, nil)
	}
	return p.diffMany(before, after)
}

// diffMany compares reports of many sites, by domain; of several of one domain
// the last counts.
func (p *program) diffMany(before, after []domaincheck.Report) error {
	was := map[domaincheck.Text]domaincheck.Report{}
	for _, r := range before {
		was[r.Domain] = r
	}
	all := []present.Difference{}
	missing := 0
	for _, r := range after {
		old, ok := was[r.Domain]
		if !ok {
			p.note(p.say("%s：只在第二份里", "%s: only in the second"), present.Clean(string(r.Domain)))
			missing++
			continue
		}
		delete(was, r.Domain)
		d, err := present.Compare(old, r)
		if err != nil {
			return cannot(err)
		}
		all = append(all, d)
	}
	for _, r := range before {
		if _, left := was[r.Domain]; left {
			p.note(p.say("%s：只在第一份里", "%s: only in the first"), present.Clean(string(r.Domain)))
		}
	}
	if p.global.format == "json" {
		return p.printJSON(all)
	}
	changed := 0
	for _, d := range all {
		if d.Empty() {
			continue
		}
		changed++
		if err := p.difference(d, nil); err != nil {
			return err
		}
		fmt.Fprintln(p.out)
	}
	fmt.Fprintf(p.out, p.say("共 %d 个网站，%d 个有变化\n", "%d sites, %d changed\n"), len(all), changed)
	return nil
}

// diffSide is one of two stored reports.
type diffSide struct {
	ID      int64               `json:"id"`
	FirstAt domaincheck.Instant `json:"first_at"`
	At      domaincheck.Instant `json:"at"`
}

func (p *program) diffStored(ctx context.Context, args []string, from, to string) error {
	if _, err := domaincheck.ParseTarget(args[0]); err != nil {
		return err
	}
	if len(args) > 1 && (from != "" || to != "") {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "", "either IDs or --from and --to").WithHint("history " + args[0] + " shows the IDs")
	}
	if from == "" && to != "" {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "--to", "needs --from")
	}
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	domain, _, err := p.site(ctx, db, args[0])
	if err != nil {
		return err
	}
	var a, b store.ReportRow
	if from != "" {
		a, b, err = betweenTimes(ctx, db, domain, from, to)
	} else {
		a, b, err = betweenIDs(ctx, db, domain, args[1:])
	}
	if err != nil {
		return err
	}
	d, err := present.Compare(*a.Report, *b.Report)
	if err != nil {
		return cannot(err)
	}
	side := func(r store.ReportRow) diffSide {
		return diffSide{r.ID, domaincheck.At(r.FirstAt), domaincheck.At(r.At)}
	}
	return p.difference(d, []diffSide{side(a), side(b)})
}

// betweenIDs gives the reports with two ids; one: it and the newest; none: the
// newest two.
func betweenIDs(ctx context.Context, db *store.Store, domain string, ids []string) (a, b store.ReportRow, err error) {
	newest, err := db.Reports(ctx, domain, 0, 2, true)
	if err != nil {
		return a, b, storeError(err)
	}
	if len(newest) == 0 || len(newest) < 2 && len(ids) == 0 {
		return a, b, domaincheck.Errorf(domaincheck.CodeBadInput, domain, "has %d report, there is nothing to compare it with", len(newest)).
			WithHint("history " + domain + " shows what is remembered")
	}
	b = newest[0]
	if len(ids) == 0 {
		return newest[1], b, nil
	}
	rows := make([]store.ReportRow, len(ids))
	for i, text := range ids {
		id, err := strconv.ParseInt(strings.TrimPrefix(text, "#"), 10, 64)
		if err != nil {
			return a, b, domaincheck.Errorf(domaincheck.CodeBadInput, "", "%q is no ID of a report", text).WithHint("history " + domain + " shows the IDs")
		}
		rows[i], err = db.Report(ctx, id)
		if errors.Is(err, store.CodeNotFound) {
			return a, b, domaincheck.Errorf(domaincheck.CodeBadInput, "", "there is no report %s", text).WithHint("history " + domain + " shows the IDs")
		}
		if err != nil {
			return a, b, storeError(err)
		}
		if rows[i].Site != domain {
			return a, b, domaincheck.Errorf(domaincheck.CodeBadInput, "", "report %d is one of %s", id, rows[i].Site).WithHint("history " + domain + " shows the IDs")
		}
	}
	if len(rows) == 2 {
		b = rows[1]
	}
	return rows[0], b, nil
}

// betweenTimes gives the reports in force at two moments; for one before the
// first report that is the first.
func betweenTimes(ctx context.Context, db *store.Store, domain, from, to string) (a, b store.ReportRow, err error) {
	start, err := domaincheck.ParseInstant(from)
	if err != nil {
		return a, b, domaincheck.Errorf(domaincheck.CodeBadInput, "--from", "%w", err)
	}
	end, err := domaincheck.ParseInstant(to)
	if err != nil {
		return a, b, domaincheck.Errorf(domaincheck.CodeBadInput, "--to", "%w", err)
	}
	if !end.IsZero() && end.Before(start.Time) {
		return a, b, domaincheck.Errorf(domaincheck.CodeBadInput, "--to", "is before --from")
	}
	var before int64
	for {
		rows, err := db.Reports(ctx, domain, before, 1000, false)
		if err != nil {
			return a, b, storeError(err)
		}
		for _, row := range rows {
			if b.ID == 0 && (end.IsZero() || !row.FirstAt.After(end.Time)) {
				b = row
			}
			a = row
			if b.ID != 0 && !row.FirstAt.After(start.Time) {
				return wholeReports(ctx, db, a, b)
			}
			before = row.ID
		}
		if len(rows) < 1000 {
			break
		}
	}
	if a.ID == 0 {
		return a, b, domaincheck.Errorf(domaincheck.CodeBadInput, domain, "was not looked at yet")
	}
	if b.ID == 0 {
		b = a
	}
	return wholeReports(ctx, db, a, b)
}

func wholeReports(ctx context.Context, db *store.Store, a, b store.ReportRow) (store.ReportRow, store.ReportRow, error) {
	var err error
	if a, err = db.Report(ctx, a.ID); err == nil {
		b, err = db.Report(ctx, b.ID)
	}
	return a, b, storeError(err)
}

// difference prints one comparison; sides are those of the store.
func (p *program) difference(d present.Difference, sides []diffSide) error {
	if p.global.format == "json" {
		out := struct {
			present.Difference
			Before *diffSide `json:"before"`
			After  *diffSide `json:"after"`
		}{Difference: d}
		if len(sides) == 2 {
			out.Before, out.After = &sides[0], &sides[1]
		}
		return p.printJSON(out)
	}
	world, err := p.openTables()
	if err != nil {
		return err
	}
	head := fmt.Sprintf("%s  %s → %s", present.Clean(string(d.Domain)), p.clock(d.From), p.clock(d.To))
	if len(sides) == 2 {
		head = fmt.Sprintf("%s  #%d %s → #%d %s", present.Clean(string(d.Domain)), sides[0].ID, p.clock(sides[0].FirstAt), sides[1].ID, p.clock(sides[1].FirstAt))
	}
	fmt.Fprintln(p.out, head)
	p.differenceText(world, d)
	return nil
}
