package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/check"
)

func (p *program) listsCommand() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "lists",
		Short: "Reference tables in force, with as-of dates (参考表)",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return p.listsShow() },
	}
	update := &cobra.Command{
		Use:   "update [TABLE] --from FILE|URL",
		Short: "Put a newer table in force, after checking it",
		Long: `Reads a table (tlds, registrars or providers, told by its header when not named), checks it as the
built-in one is checked, refuses it if it lost more than 10 % of the rows in force, and swaps it in
atomically. Remove the file that "lists show" names to go back to the built-in table.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.listsUpdate(cmd.Context(), strings.Join(args, ""), from)
		},
	}
	update.Flags().StringVar(&from, "from", "", "`FILE|URL` of the new table")
	_ = update.MarkFlagRequired("from")
	cmd.AddCommand(&cobra.Command{
		Use: "show", Short: "Tables in force", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return p.listsShow() },
	}, update)
	return cmd
}

// tablesDir is where updated tables lie: DOMAINCHECK_TABLES, else below the
// user's data directory; empty if there is none.
func tablesDir() string {
	if dir := os.Getenv("DOMAINCHECK_TABLES"); dir != "" {
		return dir
	}
	data := os.Getenv("XDG_DATA_HOME")
	if data == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		data = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(data, "domaincheck", "tables")
}

func (p *program) listsShow() error {
	world, err := p.openTables()
	if err != nil {
		return err
	}
	list := world.Lists()
	if p.global.format == "json" {
		return p.printJSON(list)
	}
	w := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', 0)
	for _, l := range list {
		origin := p.say("内置", "built in")
		if l.File != "" {
			origin = string(l.File)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", l.Name, l.Version, l.Rows, origin)
	}
	return w.Flush()
}

// maxTable bounds a table that is read from a file or URL.
const maxTable = 16 << 20

func (p *program) listsUpdate(ctx context.Context, name, from string) error {
	data, err := p.fetchTable(ctx, from)
	if err != nil {
		return err
	}
	world, err := p.openTables()
	if err != nil {
		return err
	}
	dir := tablesDir()
	if dir == "" {
		return cannot(domaincheck.Errorf(domaincheck.CodeUnreadable, "", "no directory for tables").WithHint("set DOMAINCHECK_TABLES"))
	}
	next, err := world.CheckTable(name, from, data)
	if err != nil {
		return err
	}
	if err := check.SwapTable(dir, next, data); err != nil {
		return cannot(err)
	}
	if p.global.format == "json" {
		return p.printJSON(next)
	}
	fmt.Fprintf(p.out, "%s  %s  %d\n", next.Name, next.Version, next.Rows)
	return nil
}

func (p *program) fetchTable(ctx context.Context, from string) ([]byte, error) {
	if !strings.HasPrefix(from, "http://") && !strings.HasPrefix(from, "https://") {
		return p.readInput(from)
	}
	ctx, cancel := context.WithTimeout(ctx, 6*p.global.network.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, "--from", "%w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeNetwork, from, "cannot be fetched: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, domaincheck.Errorf(domaincheck.CodeNetwork, from, "answered %s", resp.Status)
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(resp.Body, maxTable+1))
	switch {
	case err != nil:
		return nil, domaincheck.Errorf(domaincheck.CodeNetwork, from, "broke off: %w", err)
	case n > maxTable:
		return nil, domaincheck.Errorf(domaincheck.CodeTooLarge, from, "more than %d MiB", maxTable>>20)
	}
	return b.Bytes(), nil
}
