// Package storetest is the contract of package store as a suite of tests: [Run]
// holds it against a database, the same for SQLite and PostgreSQL. It also
// starts a private PostgreSQL from the installed programs ([StartPostgres]);
// where they are missing the test fails.
//
// Tests that need a second process start the test binary once more: a test
// package that calls Run hands its TestMain to [Main].
package storetest
