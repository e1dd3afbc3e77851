package main

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"
)

// version and commit are set by release builds (deploy/release.sh), which know
// no repository: -ldflags "-X main.version=1.2.3 -X main.commit=…".
var (
	version = "dev"
	commit  string
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Version of the program and of its tables (版本)",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			world, err := p.openTables()
			if err != nil {
				return err
			}
			if p.global.format == "json" {
				return p.printJSON(map[string]any{
					"version": version, "revision": revision(), "go": runtime.Version(),
					"platform": runtime.GOOS + "/" + runtime.GOARCH, "tables": world.Tables,
				})
			}
			fmt.Fprintf(p.out, "domaincheck %s %s %s %s/%s\n", version, revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, table := range slices.Sorted(maps.Keys(world.Tables)) {
				fmt.Fprintf(p.out, "  %-12s %s\n", table, world.Tables[table])
			}
			return nil
		},
	}
}

// revision is the commit the binary was built from, where the build knows it.
func revision() string {
	if len(commit) >= 12 {
		return commit[:12]
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "unknown"
}
