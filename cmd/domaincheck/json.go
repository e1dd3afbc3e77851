package main

import (
	"encoding/json"
)

// printJSON writes one value, indented, without HTML escapes.
func (p *program) printJSON(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return cannot(err)
	}
	return nil
}
