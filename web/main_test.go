package web_test

import (
	"os"
	"testing"
)

// TestMain removes what the tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	if file, ok := shared.Load().(string); ok {
		_ = os.Remove(file)
	}
	os.Exit(code)
}
