package web_test

import (
	"encoding/json"
	"fmt"
	"mime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// document is the API's own description, as far as answers are held to it.
type document struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		ID         string `json:"operationId"`
		Summary    string `json:"summary"`
		Parameters []struct {
			Name, In string
		} `json:"parameters"`
		Responses map[string]struct {
			Content map[string]struct {
				Schema *schema `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

// schema is what the validator below knows of JSON Schema 2020-12.
type schema struct {
	Type       any                `json:"type"`
	Ref        string             `json:"$ref"`
	Format     string             `json:"format"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Items      *schema            `json:"items"`
	Enum       []any              `json:"enum"`
	AnyOf      []*schema          `json:"anyOf"`
	OneOf      []*schema          `json:"oneOf"`
	Additional json.RawMessage    `json:"additionalProperties"`
}

func (s *schema) types() []string {
	switch t := s.Type.(type) {
	case string:
		return []string{t}
	case []any:
		var all []string
		for _, v := range t {
			all = append(all, fmt.Sprint(v))
		}
		return all
	}
	return nil
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// faults are where a value does not keep to a schema. A member that is not
// described is a fault too: the document must say everything that is answered.
func (d *document) faults(s *schema, v any, at string) []string {
	if s.Ref != "" {
		name := strings.TrimPrefix(s.Ref, "#/components/schemas/")
		if d.Components.Schemas[name] == nil {
			return []string{at + ": no component " + s.Ref}
		}
		return d.faults(d.Components.Schemas[name], v, at)
	}
	if alternatives := append(slices.Clone(s.AnyOf), s.OneOf...); len(alternatives) > 0 {
		var all []string
		for _, a := range alternatives {
			f := d.faults(a, v, at)
			if len(f) == 0 {
				return nil
			}
			all = append(all, f...)
		}
		return all
	}
	kind := kindOf(v)
	if want := s.types(); len(want) > 0 && !slices.Contains(want, kind) && !(kind == "integer" && slices.Contains(want, "number")) {
		return []string{fmt.Sprintf("%s is %s, documented as %v", at, kind, want)}
	}
	if len(s.Enum) > 0 && !slices.ContainsFunc(s.Enum, func(e any) bool { return fmt.Sprint(e) == fmt.Sprint(v) && (e == nil) == (v == nil) }) {
		return []string{fmt.Sprintf("%s is %v, documented as one of %v", at, v, s.Enum)}
	}
	switch v := v.(type) {
	case string:
		switch s.Format {
		case "date-time":
			if _, err := time.Parse(time.RFC3339, v); err != nil {
				return []string{at + " is no instant: " + v}
			}
		case "date":
			if _, err := time.Parse("2006-01-02", v); err != nil {
				return []string{at + " is no date: " + v}
			}
		}
	case []any:
		if s.Items == nil && len(s.types()) == 0 {
			return nil // anything may stand here
		}
		if s.Items == nil {
			return []string{at + " is a list of things that are not described"}
		}
		for i, e := range v {
			if f := d.faults(s.Items, e, at+"["+strconv.Itoa(i)+"]"); len(f) > 0 {
				return f
			}
		}
	case map[string]any:
		return d.members(s, v, at)
	}
	return nil
}

func (d *document) members(s *schema, v map[string]any, at string) []string {
	var all []string
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			all = append(all, at+"."+name+" is missing")
		}
	}
	var rest *schema
	free := len(s.Properties) == 0 && s.Additional == nil // an object of any kind
	if len(s.Additional) > 0 && s.Additional[0] == '{' {
		if err := json.Unmarshal(s.Additional, &rest); err != nil {
			return []string{at + ": " + err.Error()}
		}
	}
	for name, value := range v {
		switch p := s.Properties[name]; {
		case p != nil:
			all = append(all, d.faults(p, value, at+"."+name)...)
		case rest != nil:
			all = append(all, d.faults(rest, value, at+"."+name)...)
		case !free:
			all = append(all, at+"."+name+" is not documented")
		}
	}
	return all
}

// operation finds what the document says of a call, by its path and method.
func (d *document) operation(method, path string) (id string, responses map[string]*schema, types map[string][]string) {
	path, _, _ = strings.Cut(strings.TrimPrefix(path, "/api/v1"), "?")
	best := -1
	for pattern, item := range d.Paths {
		op, ok := item[strings.ToLower(method)]
		if !ok || !fits(pattern, path) {
			continue
		}
		if n := strings.Count(pattern, "{"); best >= 0 && n >= best {
			continue // the one with fewer parameters says more
		} else {
			best = n
		}
		id, responses, types = op.ID, map[string]*schema{}, map[string][]string{}
		for status, r := range op.Responses {
			types[status] = []string{}
			for media, c := range r.Content {
				types[status] = append(types[status], media)
				if strings.Contains(media, "json") {
					responses[status] = c.Schema
				}
			}
		}
	}
	return id, responses, types
}

func fits(pattern, path string) bool {
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], "{") {
			return false
		}
	}
	return true
}

// conforms holds one answer to the document and gives the operation's id.
func (d *document) conforms(t *testing.T, call string, got answer) string {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	id, schemas, types := d.operation(method, path)
	if id == "" {
		t.Errorf("%s: not in the document", call)
		return ""
	}
	status := strconv.Itoa(got.status)
	if _, ok := types[status]; !ok {
		if got.status < 400 && got.status != 304 {
			t.Errorf("%s (%s): status %s is not documented", call, id, status)
			return id
		}
		status = "default"
	}
	if len(got.body) == 0 {
		return id
	}
	media, _, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	if err != nil || !slices.Contains(types[status], media) {
		t.Errorf("%s (%s): answer %s is of type %q, documented are %v", call, id, status, media, types[status])
		return id
	}
	if !strings.Contains(media, "json") || schemas[status] == nil {
		return id
	}
	dec := json.NewDecoder(strings.NewReader(string(got.body)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Errorf("%s: %v in %.200s", call, err, got.body)
		return id
	}
	for i, f := range d.faults(schemas[status], v, id) {
		if i == 10 {
			break
		}
		t.Errorf("%s: %s", call, f)
	}
	return id
}

// TestValidator: the validator itself finds what is wrong.
func TestValidator(t *testing.T) {
	var d document
	if err := json.Unmarshal([]byte(`{"components": {"schemas": {"A": {"type": "object", "required": ["a"], "properties": {
		"a": {"type": ["string", "null"], "format": "date"}, "b": {"type": "array", "items": {"$ref": "#/components/schemas/B"}}, "c": {"anyOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}]}}},
		"B": {"type": "object", "properties": {"n": {"type": "integer", "enum": [1, 2]}}}}}}`), &d); err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{
		`{"a": "2026-11-21", "b": [{"n": 1}], "c": null}`: true, `{"a": null, "c": {"n": 2}}`: true,
		`{}`: false, `{"a": 1}`: false, `{"a": "yesterday"}`: false, `{"a": null, "b": null}`: false, `{"a": null, "b": [{"n": 3}]}`: false,
		`{"a": null, "b": [{"n": 1.5}]}`: false, `{"a": null, "x": 1}`: false, `{"a": null, "c": 1}`: false,
	} {
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if faults := d.faults(&schema{Ref: "#/components/schemas/A"}, v, "v"); (len(faults) == 0) != good {
			t.Errorf("%s: %v", text, faults)
		}
	}
}

// parsed is JSON as the validator wants it.
func parsed(t *testing.T, text string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
	return v
}
