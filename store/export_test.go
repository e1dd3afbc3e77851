package store

import "database/sql/driver"

// Wrapped puts a driver in between, for tests of failures.
func Wrapped(o Options, wrap func(driver.Connector) driver.Connector) Options {
	o.wrap = wrap
	return o
}

// Exec runs a statement on the writer's connection.
func (s *Store) Exec(query string) error {
	_, err := s.write.Exec(query) //nolint:noctx // a test's own statement
	return err
}
