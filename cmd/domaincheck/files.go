package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// replaceFile puts data in the place of a file, atomically: whoever reads it
// sees the old content or the new, whole. What is no ordinary file (a pipe, a
// device) is written to directly.
func replaceFile(path string, data []byte) error {
	mode := fs.FileMode(0o600)
	switch info, err := os.Stat(path); {
	case err == nil && !info.Mode().IsRegular():
		return os.WriteFile(path, data, mode)
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// steps tells on a terminal which step of a long work is being done, and for
// how long; on anything else nothing.
type steps struct {
	bar  *progressbar.ProgressBar
	stop chan struct{}
	done sync.WaitGroup
	once sync.Once
}

func (p *program) steps() *steps {
	s := &steps{stop: make(chan struct{})}
	if _, tty := terminal(p.err); !tty || p.global.quiet {
		return s
	}
	s.bar = progressbar.NewOptions(-1, progressbar.OptionSetWriter(p.err), progressbar.OptionClearOnFinish(), progressbar.OptionSpinnerType(14), progressbar.OptionSetElapsedTime(true))
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-s.stop:
				return
			case <-tick.C:
				_ = s.bar.Add(1)
			}
		}
	}()
	return s
}

// now begins a step.
func (s *steps) now(what string) {
	if s.bar != nil {
		s.bar.Describe(fmt.Sprintf("%s …", what))
	}
}

// end takes the line away; calling it again does nothing.
func (s *steps) end() {
	s.once.Do(func() {
		close(s.stop)
		s.done.Wait()
		if s.bar != nil {
			_ = s.bar.Clear()
		}
	})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
