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

	"github.com/spf13/cobra"

	"domaincheck"
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
--open opens a case for each candidate that is confirmed; one that has a case already gets no second one.`,
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
	slices.SortStableFunc(found, func(a, b desk.Candidate) int {
		kinds := desk.Kinds()
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.Domain, b.Domain))
	})
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
		for _, x := range row.Site.Access {
			if x.State == domaincheck.AccessCancelled || !slices.Contains(own, x.Provider) {
				continue
			}
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
	seen := map[string]*desk.Candidate{}
	take := func(row desk.Pointing, a domaincheck.Address) {
		c, is := desk.OfPointing(row, a, own, func(d string) bool { return listed[d] })
		if !is {
			return
		}
		if had := seen[c.Domain]; had == nil {
			seen[c.Domain] = &c
		} else if !slices.Contains(had.Seen, c.Seen[0]) && len(had.Seen) < 20 {
			had.Seen = append(had.Seen, c.Seen...)
		}
	}
	asked, err := p.pointings(in, name, func(row desk.Pointing) {
		if row.IP.IsValid() {
			take(row, world.Attribute(row.IP, chain(row.CNAME)))
		}
	})
	if err != nil {
		return nil, err
	}
	if err := lookUp(ctx, world, asked, p.global.settings.Limits.Concurrency, take); err != nil {
		return nil, err
	}
	all := make([]desk.Candidate, 0, len(seen))
	for _, c := range seen {
		all = append(all, *c)
	}
	return all, nil
}

func chain(cname string) []string {
	if cname == "" {
		return nil
	}
	return []string{cname}
}

// pointings reads rows and tells the bad ones on stderr; what has no address
// comes back to be asked for, each name once.
func (p *program) pointings(in io.Reader, name string, do func(desk.Pointing)) ([]desk.Pointing, error) {
	var asked []desk.Pointing
	had := map[string]bool{}
	good := 0
	for row, err := range desk.ReadPointings(in, name) {
		if err != nil {
			p.tell(err)
			continue
		}
		good++
		if do(row); !row.IP.IsValid() && !had[row.Host] {
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
		t, err := domaincheck.ParseTarget(row.Host)
		if err != nil {
			continue
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		wait.Go(func() {
			defer func() { <-slots }()
			r := world.Resolutions.Look(ctx, dnscheck.Question{Domain: t.Domain, Hosts: []string{row.Host}})
			one.Lock()
			defer one.Unlock()
			for _, h := range r.Hosts {
				for _, a := range h.Addresses {
					seen := row
					seen.Host, seen.SeenAt = h.Host, r.At
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

// openCases opens a case for each candidate that is sure. Its reference is the
// opening: the same matter opens no second one.
func (p *program) openCases(ctx context.Context, db *store.Store, found []desk.Candidate, who string) error {
	var cases []store.Case
	for _, c := range found {
		if !c.Confirmed {
			continue
		}
		evidence, err := json.Marshal(c)
		if err != nil {
			return cannot(err)
		}
		row := store.Case{
			Ref: "desk " + string(c.Kind) + " " + c.Domain + " " + c.Since.Day().String(), Domain: c.Domain, Source: store.CaseFromFinding,
			Kind: string(c.Kind), Customer: string(c.Customer), Evidence: evidence,
		}
		if !c.Deadline.IsZero() {
			row.Due = c.Deadline.Day()
		}
		cases = append(cases, row)
	}
	if len(cases) == 0 {
		return nil
	}
	opened, err := db.PutCases(ctx, cases, cmp.Or(who, os.Getenv("USER"), "domaincheck"))
	if err != nil {
		return storeError(err)
	}
	fmt.Fprintf(p.err, p.say("已登记 %d 件，编号 %d 起\n", "%d cases on file, from %d on\n"), len(opened), opened[0].ID)
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
