//go:build unix

package app

import (
	"os"
	"syscall"

	"domaincheck"
	"domaincheck/store"
)

// lockStore takes the lock that one daemon holds on a SQLite store while it
// lives: two of them would send everything twice. The kernel frees it with the
// process, however that ends. Commands such as import take none.
func lockStore(path string) (release func(), err error) {
	name := path + ".serve"
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, domaincheck.Errorf(store.CodeReadOnly, name, "the lock of the store cannot be made: %w", err).
			WithHint("the folder of the store must be writable")
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, domaincheck.Errorf(store.CodeUnavailable, path, "another domaincheck serve runs on this store").
			WithHint("stop it first; several processes share a store on Postgres only")
	}
	return func() { _ = f.Close() }, nil
}
