package store

import (
	"context"
	"database/sql/driver"
	"os"

	"domaincheck"
)

// sameFile tells whether the file that a SQLite store was opened from still
// stands where it did. One that was removed or replaced can be written to for
// as long as it is held open, and all of that would be lost: it is no longer a
// place where anything may be acknowledged.
func (s *Store) sameFile() error {
	if s.file == nil {
		return nil
	}
	now, err := os.Stat(s.place)
	switch {
	case err != nil:
		err = domaincheck.Errorf(CodeUnavailable, s.place, "the file of the store is gone: %w", err)
	case !os.SameFile(s.file, now):
		err = domaincheck.Errorf(CodeUnavailable, s.place, "the file of the store was replaced by another one")
	default:
		return nil
	}
	return domaincheck.AsError(err, CodeUnavailable, s.place).WithHint("put the file back where it was, or stop the program, restore the last backup, and start it again")
}

// remember settles which file the store is.
func (s *Store) remember() error {
	info, err := os.Stat(s.place)
	if err != nil {
		return domaincheck.Errorf(CodeUnavailable, s.place, "the file of the store is gone: %w", err)
	}
	s.file = info
	return nil
}

// sameFileOnly opens no connection to a file that is not the store's: it would
// make an empty one, or share the log of the old file with another.
type sameFileOnly struct {
	driver.Connector
	s *Store
}

// Connect implements driver.Connector.
func (c sameFileOnly) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.s.sameFile(); err != nil {
		return nil, err
	}
	return c.Connector.Connect(ctx)
}
