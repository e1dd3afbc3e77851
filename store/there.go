package store

import (
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
