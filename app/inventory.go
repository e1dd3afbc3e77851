package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/inventory"
	"domaincheck/store"
)

// maxInventory bounds the inventory file.
const maxInventory = 256 << 20

// ledgerFile is the inventory file: it is read again when it changed. Two looks
// a second apart must agree before a change counts, so that a file that is
// being written is not taken for a shorter one.
type ledgerFile struct {
	watched
	sum [sha256.Size]byte
}

// watched is a file that is read again when it changed.
type watched struct {
	path  string
	seen  stamp // as of the newest look
	taken stamp // as it was read
	read  time.Time
}

// stamp tells one state of a file from another.
type stamp struct {
	mod  time.Time
	size int64
	err  string
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{err: err.Error()}
	}
	return stamp{mod: info.ModTime(), size: info.Size()}
}

// changed tells, called every second, that the file came to rest in another
// state than the one that was read.
func (w *watched) changed() bool {
	before := w.seen
	w.seen = stampOf(w.path)
	return w.seen != w.taken && w.seen == before
}

// begin notes the state in which the file is read now.
func (w *watched) begin(now time.Time) {
	w.taken = stampOf(w.path)
	w.seen, w.read = w.taken, now
}

// Inventory is what came of reading the inventory file.
type Inventory struct {
	At      time.Time
	File    string
	Err     *domaincheck.Error   // the file was not taken over; nil if it was
	Refused []*domaincheck.Error // rows, of which each keeps the whole file from being taken over
	Changes store.Changes        // what was written
	Same    bool                 // the bytes are those read before
}

// take reads the file and writes its rows into the store, all or nothing. What
// was in the store before stays if anything is wrong. The error is of the
// store; what is wrong with the file stands in the result.
func (l *ledgerFile) take(ctx context.Context, s *store.Store, provider func(string) string) (Inventory, error) {
	result := Inventory{At: s.Now(), File: l.path}
	l.begin(result.At)
	data, err := readBounded(l.path)
	if err != nil {
		result.Err = domaincheck.AsError(err, domaincheck.CodeUnreadable, l.path)
		return result, nil
	}
	sum := sha256.Sum256(data)
	if sum == l.sum {
		result.Same = true
		return result, nil
	}
	doc, err := inventory.Read(bytes.NewReader(data), inventory.Options{Name: filepath.Base(l.path), Provider: provider, RecordNumber: icp.CheckNumber})
	if err != nil {
		result.Err = domaincheck.AsError(err, domaincheck.CodeUnreadable, l.path)
		return result, nil
	}
	for _, row := range doc.Refused() {
		result.Refused = append(result.Refused, row.Err)
	}
	if result.refuse() {
		return result, nil
	}
	if len(doc.Sites) == 0 {
		result.Err = domaincheck.Errorf(domaincheck.CodeBadInput, l.path, "the inventory names no site").
			WithHint("the inventory from before stays in force; to watch nothing, drop the setting inventory")
		return result, nil
	}
	changes, err := s.Import(ctx, store.Ledger{Subjects: doc.Subjects, Servers: doc.Servers, Sites: doc.Sites}, store.ImportOptions{Origin: store.FromFile})
	for _, r := range changes.Refused {
		result.Refused = append(result.Refused, r.Err)
	}
	result.Changes = changes
	switch {
	case result.refuse():
		return result, nil
	case err != nil && errors.Is(err, domaincheck.CodeBadInput):
		result.Err = domaincheck.AsError(err, domaincheck.CodeBadInput, l.path)
		return result, nil
	case err != nil:
		l.taken = stamp{} // the store's fault: try again
		return result, err
	}
	l.sum = sum
	return result, nil
}

// refuse settles the error of a file with rows that are refused.
func (i *Inventory) refuse() bool {
	if len(i.Refused) == 0 {
		return false
	}
	i.Err = domaincheck.Errorf(domaincheck.CodeBadInput, i.File, "%d rows are refused, the first: %w", len(i.Refused), i.Refused[0]).
		WithHint("the inventory from before stays in force; domaincheck import --dry-run FILE lists every row that is refused")
	return true
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the inventory cannot be opened: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxInventory+1))
	if err != nil {
		return nil, fmt.Errorf("the inventory cannot be read: %w", err)
	}
	if len(data) > maxInventory {
		return nil, domaincheck.Errorf(domaincheck.CodeTooLarge, path, "the inventory is larger than %d MiB", maxInventory>>20)
	}
	return data, nil
}
