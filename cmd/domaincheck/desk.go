package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/check"
	"domaincheck/desk"
	"domaincheck/dnscheck"
	"domaincheck/present"
	"domaincheck/store"
)

// deskFlags are the flags of desk.
type deskFlags struct {
	own      []string
	kinds    []string
	pointing string
	open     bool
	who      string
}

func (p *program) deskCommand() *cobra.Command {
	var d deskFlags
	cmd := &cobra.Command{
		Use:   "desk --own PROVIDER",
		Short: "An access provider's lists: resolves elsewhere, not in the ledger, empty shells (接入商核查清单)",
		Long: `Compares the inventory with what was last seen, for the access provider (接入商) that --own names:

  filed_here_resolves_elsewhere  an access record here, but @ and www lead away (取消接入候选)
  empty_shell                    nothing holds the filing up any more (空壳候选)
  resolves_here_not_listed       from --pointing FILE: names that lead here without an access record
  number_of_two_subjects, subject_with_two_numbers, number_of_another_subject
                                 contradictions inside the ledger

FILE holds names, one a line, with or without an address; csv with headings; or JSON lines of passive DNS
(rrname, rrtype, rdata). Names without an address are looked up. What could not be seen is in no list.
--open opens a case for each candidate that is confirmed, and for each name of FILE; one that has a case already gets no second one.`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{"settings": "found", "formats": "text|json|jsonl|csv"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.desk(cmd.Context(), d) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&d.own, "own", nil, "the desk's access `PROVIDER`, by id or name (repeatable: its CDN too)")
	f.StringSliceVar(&d.kinds, "kind", nil, "only candidates of this `KIND` (repeatable)")
	f.StringVar(&d.pointing, "pointing", "", "`FILE` of names, or passive-DNS rows; - is stdin")
	f.BoolVar(&d.open, "open", false, "open a case for each confirmed candidate")
	f.StringVar(&d.who, "who", "", "`NAME` in the history of the cases opened (default: the user of this machine)")
	return cmd
}

func (d deskFlags) check() error {
	if len(d.own) == 0 {
		return badFlag("own", "", "the access provider whose desk it is, such as aliyun or 阿里云")
	}
	for _, k := range d.kinds {
		if !slices.Contains(desk.Kinds(), desk.Kind(k)) {
			return badFlag("kind", k, fmt.Sprintf("one of %v", desk.Kinds()))
		}
	}
	return nil
}

// ids are the providers' ids; a word that the table does not know is taken for
// an id of the user's own networks.
func (d deskFlags) ids(world *check.World) desk.Own {
	var own desk.Own
	for _, name := range d.own {
		own = append(own, cmp.Or(world.Providers.ID(name), name))
	}
	return own
}

func (p *program) desk(ctx context.Context, d deskFlags) error {
	if err := d.check(); err != nil {
		return err
	}
	world, err := p.openTables()
	if d.pointing != "" {
		world, err = p.open(ctx)
	}
	if err != nil {
		return err
	}
	defer world.Close()
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	own := d.ids(world)
	found, listed, err := fromInventory(ctx, db, own)
	if err != nil {
		return storeError(err)
	}
	if d.pointing != "" {
		unlisted, err := p.unlisted(ctx, world, d.pointing, own, listed)
		if err != nil {
			return err
		}
		found = append(found, unlisted...)
	}
	if len(d.kinds) > 0 {
		found = slices.DeleteFunc(found, func(c desk.Candidate) bool { return !slices.Contains(d.kinds, string(c.Kind)) })
	}
	desk.Sort(found)
	if d.open {
		if err := p.openCases(ctx, db, found, d.who); err != nil {
			return err
		}
	}
	return p.printDesk(found)
}

// fromInventory goes over all sites once; listed holds the domains with an
// access record at the own provider.
func fromInventory(ctx context.Context, db *store.Store, own desk.Own) (found []desk.Candidate, listed map[string]bool, err error) {
	walk, err := db.Walk(ctx, store.WalkQuery{})
	if err != nil {
		return nil, nil, err
	}
	listed = map[string]bool{}
	var ledger desk.Ledger
	for row, err := range walk.All(ctx) {
		if err != nil {
			return nil, nil, err
		}
		ledger.Add(row.Site)
		if own.Serves(&row.Site) {
			for _, domain := range row.Site.Domains {
				listed[domain.Domain] = true
			}
		}
		found = append(found, desk.OfReport(row.Report, own)...)
	}
	return append(found, ledger.Contradictions()...), listed, nil
}

// unlisted reads the rows of a file and looks up those without an address.
func (p *program) unlisted(ctx context.Context, world *check.World, file string, own desk.Own, listed map[string]bool) ([]desk.Candidate, error) {
	in, name := p.in, "stdin"
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, file, "cannot be read: %w", err)
		}
		defer f.Close()
		in, name = f, file
	}
	finds := desk.NewFinds(own, func(d string) bool { return listed[d] })
	asked, err := p.pointings(in, name, listed, func(row desk.Pointing) {
		finds.Take(row, world.Attribute(row.IP, row.Chain()))
	})
	if err != nil {
		return nil, err
	}
	if err := lookUp(ctx, world, asked, p.global.settings.Limits.Concurrency, finds.Take); err != nil {
		return nil, err
	}
	if finds.Left > 0 {
		fmt.Fprintf(p.err, p.say("清单已满，另有 %d 行未列出\n", "the list is full: %d more rows are left out\n"), finds.Left)
	}
	return finds.All(), nil
}

// pointings reads rows and tells the bad ones on stderr; do gets those that say
// where a name leads now. The others, but for those with an access record, come
// back to be asked for, each name once.
func (p *program) pointings(in io.Reader, name string, listed map[string]bool, do func(desk.Pointing)) ([]desk.Pointing, error) {
	var asked []desk.Pointing
	had := map[string]bool{}
	good, now := 0, time.Now()
	for row, err := range desk.ReadPointings(in, name) {
		if err != nil {
			p.tell(err)
			continue
		}
		good++
		switch {
		case row.Fresh(now):
			do(row)
		case !had[row.Host] && !listed[row.Domain]:
			had[row.Host] = true
			asked = append(asked, row)
		}
	}
	if good == 0 {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, name, "holds no name").WithHint("one name a line, or csv with a column 域名 / domain")
	}
	return asked, nil
}

// lookUp asks DNS for the hosts of rows, several at a time; do is called by one
// goroutine at a time.
func lookUp(ctx context.Context, world *check.World, rows []desk.Pointing, concurrency int, do func(desk.Pointing, domaincheck.Address)) error {
	var one sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan struct{}, max(1, concurrency))
	for _, row := range rows {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		wait.Go(func() {
			defer func() { <-slots }()
			r := world.Resolutions.Look(ctx, dnscheck.Question{Domain: row.Domain, Hosts: []string{row.Host}})
			one.Lock()
			defer one.Unlock()
			for _, h := range r.Hosts {
				for _, a := range h.Addresses {
					seen := row
					seen.Host, seen.FirstAt, seen.SeenAt = h.Host, domaincheck.Instant{}, r.At
					do(seen, a)
				}
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return cannot(err)
	}
	return nil
}

// openCases opens a case for each candidate that is sure and has none yet.
func (p *program) openCases(ctx context.Context, db *store.Store, found []desk.Candidate, who string) error {
	opened, err := app.OpenDeskCases(ctx, db, found, cmp.Or(who, os.Getenv("USER"), "domaincheck"))
	if err != nil {
		return storeError(err)
	}
	if len(opened) == 0 {
		fmt.Fprintln(p.err, p.say("没有新的工单", "no new cases"))
		return nil
	}
	fmt.Fprintf(p.err, p.say("新建 %d 件工单，编号 %d 起\n", "%d new cases, from %d on\n"), len(opened), opened[0].ID)
	return nil
}

func (p *program) printDesk(found []desk.Candidate) error {
	switch p.global.format {
	case "json":
		return p.printJSON(orEmpty(found))
	case "jsonl":
		enc := json.NewEncoder(p.out)
		enc.SetEscapeHTML(false)
		for _, c := range found {
			if err := enc.Encode(c); err != nil {
				return cannot(err)
			}
		}
		return nil
	case "csv":
		return p.deskCSV(found)
	}
	if len(found) == 0 {
		fmt.Fprintln(p.out, p.say("没有需要核查的网站", "nothing to look into"))
	}
	var kind desk.Kind
	for _, c := range found {
		if c.Kind != kind {
			kind = c.Kind
			n := 0
			for _, o := range found {
				if o.Kind == kind {
					n++
				}
			}
			fmt.Fprintf(p.out, "%s  %d\n", kind.Name(p.global.lang), n)
		}
		fmt.Fprintln(p.out, "  "+present.Clean(p.deskLine(c)))
	}
	return nil
}

// deskLine is a candidate as one line for people.
func (p *program) deskLine(c desk.Candidate) string {
	parts := []string{c.Unicode}
	add := func(zh, en, text string) {
		if text != "" {
			parts = append(parts, p.say(zh, en)+text)
		}
	}
	add("客户 ", "customer ", string(c.Customer))
	add("主办单位 ", "subject ", string(c.Subject))
	add("现解析 ", "leads to ", strings.Join(c.Seen, p.say("、", ", ")))
	var hosts []string
	for _, h := range c.Hosts {
		hosts = append(hosts, h.Host)
	}
	add("仍指向本处 ", "still here ", strings.Join(hosts, p.say("、", ", ")))
	add("备案号 ", "numbers ", strings.Join(c.Numbers, p.say("、", ", ")))
	add("冲突 ", "against ", strings.Join(c.Others, p.say("、", ", ")))
	if !c.Since.IsZero() {
		add("自 ", "since ", c.Since.Day().String())
	}
	if !c.Deadline.IsZero() {
		add("期限 ", "deadline ", c.Deadline.Day().String())
	}
	if !c.Confirmed && c.Kind != desk.Unlisted {
		parts = append(parts, p.say("（尚未确认）", "(not confirmed yet)"))
	}
	return strings.Join(parts, "  ")
}
