package risk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"

	"domaincheck"
)

// Reading signals.yaml takes ten times as long as everything else that loading
// does. compiled.json holds what the reader made of it together with the hash
// of its bytes; it is used for a file that is still the same byte for byte, so
// a stale one costs time, never truth. After a change of signals.yaml:
//
//go:generate go test -run ^TestCompiledSignalsAreCurrent$ -update .

// compiledSignals is the content of compiled.json.
type compiledSignals struct {
	Sum     string     `json:"sum"` // SHA-256 of signals.yaml
	Signals signalFile `json:"signals"`
}

// readSignals reads a signals.yaml, by way of compiled where that is of the
// same bytes.
func readSignals(raw, compiled []byte) (signalFile, error) {
	var done compiledSignals
	if sum := sha256.Sum256(raw); json.Unmarshal(compiled, &done) == nil && done.Sum == hex.EncodeToString(sum[:]) {
		return done.Signals, nil
	}
	return parseSignals(raw)
}

// parseSignals reads the yaml, strictly.
func parseSignals(raw []byte) (signalFile, error) {
	var f signalFile
	dec := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict())
	if err := dec.Decode(&f); err != nil {
		return f, fmt.Errorf("%w", err)
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return f, domaincheck.Errorf(domaincheck.CodeBadTable, "", "more than one document")
	}
	return f, nil
}

// compileSignals writes compiled.json.
func compileSignals(raw []byte) ([]byte, error) {
	f, err := parseSignals(raw)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	out, err := json.Marshal(compiledSignals{hex.EncodeToString(sum[:]), f})
	return append(out, '\n'), err
}
