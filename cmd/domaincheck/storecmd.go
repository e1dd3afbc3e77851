package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"domaincheck"
	"domaincheck/store"
)

// openStore opens the store of the settings; what is wrong with it ends with
// status 4. mustExist refuses one that is not there, instead of making it: a
// command that only reads leaves nothing behind.
func (p *program) openStore(ctx context.Context, mustExist bool) (*store.Store, error) {
	s := p.global.settings
	if path := s.Store.Path(); mustExist && path != "" {
		if err := storeIsThere(s.StoreURL()[len("sqlite:"):]); err != nil {
			return nil, err
		}
	}
	opened, err := store.Open(ctx, store.Options{URL: s.StoreURL()})
	if err != nil {
		return nil, storeError(err)
	}
	return opened, nil
}

func storeIsThere(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return cannot(domaincheck.Errorf(store.CodeNotFound, path, "there is no store here yet").
			WithHint("domaincheck import FILE makes it; another one is named by store: in the settings (-c FILE) or by DOMAINCHECK_STORE"))
	}
	return nil
}

// storeError gives an error of the store its status: settings that name no
// store and rows that it refuses are the user's, the rest is the store's.
func storeError(err error) error {
	if err == nil {
		return nil
	}
	for _, code := range []domaincheck.Code{domaincheck.CodeBadSettings, domaincheck.CodeBadInput, store.CodeFromFile, store.CodeNotFound, store.CodeTransition} {
		if errors.Is(err, code) {
			return err
		}
	}
	return cannot(err)
}
