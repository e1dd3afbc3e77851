package scheduler_test

import (
	"testing"

	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

func storeAll() store.Partition { return store.Partition{} }

func tuning(t *testing.T, access string) scheduler.Tuning {
	return scheduler.Tuning{Schedules: schedules(t, access, "0 4 * * *", "0 3 * * *"), Policy: watch.DefaultPolicy()}
}
