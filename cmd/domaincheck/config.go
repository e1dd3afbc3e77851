package main

import (
	"context"
	"fmt"
	"os"
	_ "time/tzdata" // the time zones of the settings, on machines without them

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/icp"
	"domaincheck/inventory"
)

func (p *program) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:         "config",
		Short:       "The settings (设置)",
		Args:        cobra.NoArgs,
		Annotations: map[string]string{"settings": "own"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check [FILE]",
		Short: "Check the settings and show those in force, secrets hidden (检查设置)",
		Long: `Reads the settings as the daemon would: the FILE (or -c FILE, DOMAINCHECK_CONFIG, domaincheck.yaml of
the working directory), then the environment (DOMAINCHECK_NETWORK_RESOLVERS=a,b …), over the defaults.
Every mistake is told with its place; the tables they name are loaded. Prints all settings in force,
secrets by reference (${NAME}, file:PATH) or as •••; --json gives the same as JSON. Nothing is asked of
the network.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return p.configCheck(cmd.Context(), args) },
	})
	return cmd
}

func (p *program) configCheck(ctx context.Context, args []string) error {
	file, err := p.global.foundSettings()
	if err != nil {
		return err
	}
	if len(args) == 1 {
		file = args[0]
	}
	if p.global.settings, err = loadSettings(file); err != nil {
		return err
	}
	if err := p.global.settle(); err != nil {
		return err
	}
	world, err := p.open(ctx)
	if err != nil {
		return err
	}
	err = app.Examine(p.global.settings, world)
	world.Close()
	if err != nil {
		return err
	}
	if err := p.examineFiles(); err != nil {
		return err
	}
	for _, name := range p.global.settings.Unused() {
		p.note(p.say("提示：环境变量 %s 不是设置", "note: the variable %s is no setting"), name)
	}
	dump := p.global.settings.Redacted()
	if p.global.format == "json" {
		return p.printJSON(dump)
	}
	if file == "" {
		p.note(p.say("没有设置文件，以下为默认值与环境变量", "no settings file: these are the defaults and the environment"))
	} else {
		p.note(p.say("%s：设置有效", "%s: the settings are sound"), file)
	}
	if _, err := dump.WriteTo(p.out); err != nil {
		return cannot(err)
	}
	return nil
}

// examineFiles looks at the files that only the daemon reads: a table must be
// there, the ledger may come later.
func (p *program) examineFiles() error {
	s := p.global.settings
	if file := s.File(s.Tables.Holidays); file != "" {
		if _, err := readFile(file); err != nil {
			return err
		}
	}
	file := s.File(s.Inventory)
	if file == "" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		p.note(p.say("提示：台账 %s 现在打不开", "note: the inventory %s cannot be opened now"), file)
		return nil
	}
	defer f.Close()
	read, err := inventory.Read(f, inventory.Options{Name: file, RecordNumber: icp.CheckNumber})
	if err != nil {
		return err
	}
	for _, row := range read.SiteRows() {
		if row.Err != nil {
			return domaincheck.AsError(row.Err, domaincheck.CodeBadInput, file)
		}
	}
	return nil
}

// note tells something that is no result, unless told to be quiet.
func (p *program) note(format string, args ...any) {
	if !p.global.quiet {
		fmt.Fprintf(p.err, format+"\n", args...)
	}
}
