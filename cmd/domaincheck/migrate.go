package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"domaincheck/store"
)

func (p *program) migrateCommand() *cobra.Command {
	var dryRun bool
	found := map[string]string{"settings": "found", "formats": "text|json"}
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the store's schema up to date (升级存储结构)",
		Long: `Brings the schema of the store up to the version of this program, and makes the store if there is
none. The other commands do the same when they open it; this one tells what was done. "migrate status"
and --dry-run only look.`,
		Args:        cobra.NoArgs,
		Annotations: found,
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.migrate(cmd.Context(), dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only tell what would be done")
	up := &cobra.Command{
		Use: "up", Short: "The same (升级)", Args: cobra.NoArgs, Annotations: found,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.migrate(cmd.Context(), dryRun) },
	}
	up.Flags().BoolVar(&dryRun, "dry-run", false, "only tell what would be done")
	cmd.AddCommand(up, &cobra.Command{
		Use: "status", Short: "Which version the schema has (查看版本)", Args: cobra.NoArgs, Annotations: found,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.migrate(cmd.Context(), true) },
	})
	return cmd
}

// migrated is what migrate prints in JSON.
type migrated struct {
	Store   string `json:"store"`
	Dialect string `json:"dialect"`
	Exists  bool   `json:"exists"`
	Before  int64  `json:"before"`
	Version int64  `json:"version"` // now
	Known   int64  `json:"known"`   // to this program
	Pending int64  `json:"pending"`
	DryRun  bool   `json:"dry_run"`
}

func (p *program) migrate(ctx context.Context, dryRun bool) error {
	schema, err := store.Inspect(ctx, store.Options{URL: p.global.settings.StoreURL()})
	if err != nil {
		return storeError(err)
	}
	done := migrated{Store: schema.Place, Dialect: schema.Dialect, Exists: schema.Exists, Before: schema.Have, Version: schema.Have, Known: schema.Know, DryRun: dryRun}
	if !dryRun {
		db, err := p.openStore(ctx, false)
		if err != nil {
			return err
		}
		defer db.Close()
		if done.Version, _, err = db.SchemaVersion(ctx); err != nil {
			return storeError(err)
		}
		done.Exists = true
	}
	done.Pending = max(0, done.Known-done.Version)
	if p.global.format == "json" {
		return p.printJSON(done)
	}
	switch {
	case !done.Exists:
		fmt.Fprintf(p.out, p.say("%s：还没有存储，将建立为版本 %d\n", "%s: there is no store yet; it would be made with version %d\n"), done.Store, done.Known)
	case done.Pending > 0:
		fmt.Fprintf(p.out, p.say("%s：版本 %d，可升级到 %d\n", "%s: version %d, would become %d\n"), done.Store, done.Version, done.Known)
	case !schema.Exists:
		fmt.Fprintf(p.out, p.say("%s：已建立，版本 %d\n", "%s: made, version %d\n"), done.Store, done.Version)
	case done.Before != done.Version:
		fmt.Fprintf(p.out, p.say("%s：已由版本 %d 升级到 %d\n", "%s: was version %d, is %d\n"), done.Store, done.Before, done.Version)
	default:
		fmt.Fprintf(p.out, p.say("%s：版本 %d，已是最新\n", "%s: version %d, up to date\n"), done.Store, done.Version)
	}
	return nil
}

func (p *program) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the store as of one moment while it is in use (在线备份)",
		Long: `Writes the whole store as of one moment into a new FILE, which opens as a SQLite store whatever the
dialect of this one: put it in the place of the old one, or name it in the settings, to go back to it.
The daemon may run meanwhile. A file that is there is never overwritten.`,
		Args:        cobra.ExactArgs(1),
		Annotations: map[string]string{"settings": "found", "formats": "text|json"},
		RunE:        func(cmd *cobra.Command, args []string) error { return p.backup(cmd.Context(), args[0]) },
	}
}

func (p *program) backup(ctx context.Context, path string) error {
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	step := p.steps()
	defer step.end()
	step.now(p.say("备份", "copying"))
	if err := db.Backup(ctx, path); err != nil {
		return storeError(err)
	}
	step.end()
	info, err := os.Stat(path)
	if err != nil {
		return cannot(err)
	}
	if p.global.format == "json" {
		return p.printJSON(map[string]any{"store": db.Place(), "file": path, "bytes": info.Size()})
	}
	fmt.Fprintf(p.out, p.say("%s：已备份到 %s（%d KiB）\n", "%s: copied to %s (%d KiB)\n"), db.Place(), path, (info.Size()+1023)/1024)
	return nil
}
