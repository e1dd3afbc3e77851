package check_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/risk"
)

// TestHolidays: terms in working days count by the user's calendar; a broken
// one is refused.
func TestHolidays(t *testing.T) {
	f, err := risk.Files().Open("holidays.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	own, err := risk.ReadCalendar(f)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "holidays.csv")
	if err := os.WriteFile(file, []byte("day,kind,holiday,source\n2027-01-01,off,x,y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := check.OpenTables(check.TableFiles{Holidays: file}); !errors.Is(err, domaincheck.CodeBadTable) {
		t.Errorf("a table without rows: %v", err)
	}
	if _, err := check.OpenTables(check.TableFiles{Holidays: file + ".none"}); !errors.Is(err, domaincheck.CodeUnreadable) {
		t.Errorf("no table: %v", err)
	}
	world, err := check.OpenTables(check.TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	if world.Risks.Calendar().Version() != own.Version() {
		t.Errorf("the built-in calendar is %s, want %s", world.Risks.Calendar().Version(), own.Version())
	}
}
