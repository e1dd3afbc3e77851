//go:build !unix

package app

// lockStore does nothing where there are no advisory locks.
func lockStore(string) (release func(), err error) { return func() {}, nil }
