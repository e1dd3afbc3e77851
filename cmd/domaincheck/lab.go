package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/inventory"
	"domaincheck/lab"
)

// labFlags are the flags of lab.
type labFlags struct {
	sites         int
	seed          uint64
	check         bool
	truth, ledger string
}

func (p *program) labCommand() *cobra.Command {
	var l labFlags
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "A small internet on loopback, to try everything without a network (实验室)",
		Long: `Starts DNS, WHOIS, RDAP and web servers on loopback with invented sites that have every fault the
rules look for, and prints the flags that lead domaincheck to it. Ctrl-C ends it.

With --check it checks its own sites at once, as "domaincheck -f LEDGER" would, and ends.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.lab(cmd.Context(), &l) },
	}
	cmd.AddCommand(p.simulateCommand())
	f := cmd.Flags()
	f.IntVar(&l.sites, "sites", 0, "number of sites (default: one of each story)")
	f.Uint64Var(&l.seed, "seed", 1, "what the sites are drawn from: the same seed, the same sites")
	f.BoolVar(&l.check, "check", false, "check the lab's sites, print the reports, and end")
	f.StringVar(&l.truth, "truth", "", "write what is planted to `FILE` (json)")
	f.StringVar(&l.ledger, "ledger", "", "write the ledger of the sites' owners to `FILE` (yaml)")
	return cmd
}

func (p *program) lab(ctx context.Context, l *labFlags) error {
	dir, err := os.MkdirTemp("", "domaincheck-lab-")
	if err != nil {
		return cannot(domaincheck.Errorf(domaincheck.CodeUnreadable, "", "no temporary directory: %w", err))
	}
	defer os.RemoveAll(dir)
	world, err := lab.Start(ctx, lab.Options{
		Sites: l.sites, Seed: l.seed, Now: time.Now(), NoSlow: l.check, CAFile: filepath.Join(dir, "ca.pem"),
	})
	if err != nil {
		return cannot(err)
	}
	defer world.Close()
	if err := writeLabFiles(l, world); err != nil {
		return cannot(err)
	}
	if l.check {
		return p.checkLab(ctx, world)
	}
	if p.global.format == "json" {
		err = p.printJSON(map[string]any{"flags": world.Flags(), "domains": world.Domains()})
	} else {
		err = world.Describe(p.out, p.global.lang)
	}
	if err != nil {
		return cannot(err)
	}
	<-ctx.Done()
	return nil
}

func writeLabFiles(l *labFlags, world *lab.Lab) error {
	if l.truth != "" {
		data, err := json.MarshalIndent(world.Truth(), "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(l.truth, append(data, '\n'), 0o644); err != nil {
			return domaincheck.Errorf(domaincheck.CodeUnreadable, l.truth, "cannot be written: %w", err)
		}
	}
	if l.ledger == "" {
		return nil
	}
	f, err := os.Create(l.ledger)
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, l.ledger, "cannot be written: %w", err)
	}
	err = inventory.WriteYAML(f, inventory.Document{Sites: world.Ledger()})
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// checkLab checks the lab's sites with its ledger, on real sockets: the flags
// are those that the lab prints.
func (p *program) checkLab(ctx context.Context, l *lab.Lab) error {
	args := append(l.Flags(), "--timeout", p.global.network.Timeout.String(), "--browser", p.global.network.Browser)
	inner := &program{streams: p.streams}
	flags := inner.rootCommand()
	if err := flags.ParseFlags(args); err != nil {
		return fmt.Errorf("the lab's own flags: %w", err)
	}
	if err := inner.global.settle(); err != nil {
		return fmt.Errorf("the lab's own flags: %w", err)
	}
	p.global.network = inner.global.network
	p.global.network.Patience = time.Second // its refusing registry refuses for ever
	world, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer world.Close()
	var ledger bytes.Buffer
	if err := inventory.WriteYAML(&ledger, inventory.Document{Sites: l.Ledger()}); err != nil {
		return err
	}
	read, err := inventory.Read(&ledger, inventory.Options{Name: "lab.yaml"})
	if err != nil {
		return err
	}
	rows := ledgerRows(read, domaincheck.Site{})
	truth := &labTally{lab: l}
	if err := p.report(ctx, world, rows, truth, false, 64); err != nil {
		return err
	}
	for _, line := range truth.disagreements {
		fmt.Fprintln(p.err, line)
	}
	if !p.global.quiet {
		fmt.Fprintf(p.err, p.say("%d 个网站中 %d 个与预置情况一致\n", "%[2]d of %[1]d sites are as they were planted\n"), truth.sites, truth.agreed)
	}
	return nil
}

// labTally compares what is found with what is planted: the status of the
// lab's own check is 0 when all agree, however many faults were found.
type labTally struct {
	lab           *lab.Lab
	sites, agreed int
	disagreements []string
}

func (t *labTally) count(r *domaincheck.Report) {
	t.sites++
	planted, known := t.lab.TruthOf(string(r.Domain))
	switch {
	case r.Error != nil:
		t.disagreements = append(t.disagreements, r.Error.Error())
	case !known:
		t.disagreements = append(t.disagreements, string(r.Domain)+": is no site of the lab")
	default:
		found := planted.Disagreements(r.Findings)
		t.disagreements = append(t.disagreements, found...)
		if len(found) == 0 {
			t.agreed++
		}
	}
}

func (t *labTally) status() int {
	if t.agreed < t.sites {
		return statusFail
	}
	return statusPass
}
