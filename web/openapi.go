package web

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"domaincheck"
)

const schemaPrefix = "#/components/schemas/"

// schemas is the registry of the document's schemas. It knows the promise of
// the root package's nouns, which reflection alone would miss: an absent fact is
// null, a list never is.
type schemas struct {
	all   map[string]*huma.Schema
	types map[string]reflect.Type
}

var _ huma.Registry = (*schemas)(nil)

func newSchemas() *schemas {
	return &schemas{all: map[string]*huma.Schema{}, types: map[string]reflect.Type{}}
}

// enums are the words that a type of the root package may hold.
func enums(t reflect.Type) []any {
	switch t {
	case reflect.TypeFor[domaincheck.Severity]():
		return []any{"critical", "high", "medium", "low", "info", nil}
	case reflect.TypeFor[domaincheck.Verdict]():
		return []any{"pass", "fail", "unknown"}
	case reflect.TypeFor[domaincheck.Result]():
		return []any{"pass", "fail", "unknown", "not_applicable", nil}
	case reflect.TypeFor[domaincheck.Why]():
		return []any{"unobserved", "undeclared", "unknowable", nil}
	case reflect.TypeFor[domaincheck.SiteState]():
		return []any{"unfiled", "not_required", "filing", "filed", "cancelled", nil}
	case reflect.TypeFor[domaincheck.Kind]():
		return []any{"unit", "individual", nil}
	case reflect.TypeFor[domaincheck.RiskOutcome]():
		return []any{"block", "de_access", "empty_shell", "deregistration", "fine", "not_fileable"}
	case reflect.TypeFor[domaincheck.Certainty]():
		return []any{"ok", "suspected", "confirmed", "recovering", "flapping", "stale", "unknown"}
	}
	return nil
}

// noun is the schema of a type whose JSON is not what its kind says.
func noun(t reflect.Type) *huma.Schema {
	switch t {
	case reflect.TypeFor[domaincheck.Text]():
		return &huma.Schema{Type: huma.TypeString, Nullable: true}
	case reflect.TypeFor[domaincheck.Instant]():
		return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
	case reflect.TypeFor[domaincheck.Date]():
		return &huma.Schema{Type: huma.TypeString, Format: "date", Nullable: true}
	case reflect.TypeFor[json.RawMessage](), reflect.TypeFor[any]():
		return &huma.Schema{}
	}
	if words := enums(t); words != nil {
		return &huma.Schema{Type: huma.TypeString, Enum: words, Nullable: words[len(words)-1] == nil}
	}
	return nil
}

// Schema is the schema of a type: for a struct, if allowRef, a reference to the
// component that holds it.
func (r *schemas) Schema(t reflect.Type, allowRef bool, hint string) *huma.Schema {
	pointer := false
	for t.Kind() == reflect.Pointer {
		t, pointer = t.Elem(), true
	}
	if s := noun(t); s != nil {
		if pointer && s.Type != "" && !s.Nullable {
			s.Nullable = true
			if s.Enum != nil {
				s.Enum = append(s.Enum, nil)
			}
		}
		s.PrecomputeMessages()
		return s
	}
	switch {
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		never := strings.HasPrefix(t.Name(), "List[")
		return &huma.Schema{Type: huma.TypeArray, Items: r.Schema(t.Elem(), true, hint+"Item"), Nullable: !never}
	case t.Kind() != reflect.Struct || isProvider(t):
		s := huma.SchemaFromType(r, t)
		if pointer && s.Type != "" && s.Type != huma.TypeObject && s.Type != huma.TypeArray {
			s.Nullable = true
		}
		return s
	}
	name := r.component(t, hint)
	if !allowRef {
		return r.all[name]
	}
	ref := &huma.Schema{Ref: schemaPrefix + name}
	if pointer && !strings.HasSuffix(name, "Input") {
		return &huma.Schema{AnyOf: []*huma.Schema{ref, {Type: "null"}}}
	}
	return ref
}

func isProvider(t reflect.Type) bool {
	p := reflect.TypeFor[huma.SchemaProvider]()
	return t.Implements(p) || reflect.PointerTo(t).Implements(p)
}

// component makes the component of a struct, once. What comes in must have no
// unknown member; what goes out may grow.
func (r *schemas) component(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if was, ok := r.types[name]; ok {
		if was != t {
			panic(fmt.Sprintf("two types would be the component %s: %s and %s", name, was, t)) // a defect found by the first test that builds a server
		}
		return name
	}
	r.types[name], r.all[name] = t, &huma.Schema{}
	s := huma.SchemaFromType(r, t)
	if !strings.HasSuffix(name, "Input") {
		s.AdditionalProperties = nil
	}
	*r.all[name] = *s
	return name
}

// SchemaFromRef is the component that a reference names; nil if there is none.
func (r *schemas) SchemaFromRef(ref string) *huma.Schema {
	return r.all[strings.TrimPrefix(ref, schemaPrefix)]
}

// TypeFromRef is the type behind a reference.
func (r *schemas) TypeFromRef(ref string) reflect.Type {
	return r.types[strings.TrimPrefix(ref, schemaPrefix)]
}

// Map gives all components by name.
func (r *schemas) Map() map[string]*huma.Schema { return r.all }

// RegisterTypeAlias is part of huma's interface; nothing here needs aliases.
func (r *schemas) RegisterTypeAlias(t, alias reflect.Type) {
	panic(fmt.Sprintf("no alias of %s to %s: write a noun", t, alias))
}

// MarshalJSON writes the components.
func (r *schemas) MarshalJSON() ([]byte, error) { return json.Marshal(r.all) }

// MarshalYAML is the same for yaml.
func (r *schemas) MarshalYAML() (any, error) { return r.all, nil }
