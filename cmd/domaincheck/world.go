package main

import (
	"context"

	"domaincheck"
	"domaincheck/check"
)

// openTables loads tables and rule book: all that a command without network needs.
func (p *program) openTables() (*check.World, error) {
	world, err := check.OpenTables(p.global.tableFiles())
	if err != nil {
		return nil, domaincheck.AsError(err, domaincheck.CodeBadTable, "")
	}
	return world, nil
}

// open also builds the observers. Close the world when done.
func (p *program) open(ctx context.Context) (*check.World, error) {
	world, err := p.openTables()
	if err != nil {
		return nil, err
	}
	if err := world.Connect(p.global.network); err != nil {
		return nil, domaincheck.AsError(err, domaincheck.CodeBadInput, "")
	}
	return world, nil
}
