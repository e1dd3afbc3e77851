package domaincheck

import (
	"bytes"
	"encoding/json"
)

// Text is a string fact. Its zero value means "not known" and is null in JSON.
type Text string

// MarshalJSON writes null for the empty text.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(string(t)); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// List is a list that is [] in JSON when it is empty, never null.
type List[T any] []T

// MarshalJSON writes [] for a nil list.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if len(l) == 0 {
		return []byte("[]"), nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode([]T(l)); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// Known returns a pointer to v: the way to state a fact whose zero value is
// itself a fact (false, 0), where nil means "not known".
func Known[T any](v T) *T { return &v }

// Is tells whether the fact is known and true.
func Is(fact *bool) bool { return fact != nil && *fact }

// IsNot tells whether the fact is known and false.
func IsNot(fact *bool) bool { return fact != nil && !*fact }
