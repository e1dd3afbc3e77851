package whoischeck

import (
	"strings"
)

// This file reads the loose JSON of RDAP. Servers swap arrays and objects,
// strings and numbers, and jCard properties (RFC 7095) come in odd shapes; a
// strict decoder loses the whole entity for one of them, so every step takes
// what is there and passes over the rest.

type jsonObject = map[string]any

// objectsIn gives the objects in v: of an array its objects, of an object
// itself.
func objectsIn(v any) []jsonObject {
	switch v := v.(type) {
	case jsonObject:
		return []jsonObject{v}
	case []any:
		var out []jsonObject
		for _, e := range v {
			if o, ok := e.(jsonObject); ok && len(out) < 512 {
				out = append(out, o)
			}
		}
		return out
	}
	return nil
}

// textIn gives v as text: a string, a number's digits, the first text of an
// array.
func textIn(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case jsonNumber:
		return v.String()
	case []any:
		for _, e := range v {
			if s := textIn(e); s != "" {
				return s
			}
		}
	}
	return ""
}

// textsIn gives all texts in v.
func textsIn(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok && len(out) < 512 {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// get looks a member up, passing over case where the exact name is missing.
func get(o jsonObject, name string) any {
	if v, ok := o[name]; ok {
		return v
	}
	for k, v := range o {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

// card is what a contact card says of a person or organisation.
type card struct {
	fn, org, country, url, kind string
	present                     bool
}

// cardOf reads the jCard of an entity (RFC 7095), or its JSContact card
// (RFC 9553) where the server sends that instead.
func cardOf(e jsonObject) card {
	var c card
	props := get(e, "vcardArray")
	if a, ok := props.([]any); ok {
		c.present = true
		for _, p := range properties(a) {
			c.property(p)
		}
	}
	for _, name := range []string{"jscard", "jscontact_card", "jscontact"} {
		if o, ok := get(e, name).(jsonObject); ok {
			c.present = true
			c.jsContact(o)
		}
	}
	return c
}

// properties gives the properties of a jCard: the second element of
// ["vcard", [...]], or the array itself where the wrapping is missing.
func properties(a []any) [][]any {
	list := a
	if len(a) >= 2 {
		if s, ok := a[0].(string); ok && strings.EqualFold(s, "vcard") {
			list, _ = a[1].([]any)
		}
	}
	var out [][]any
	for _, p := range list {
		if q, ok := p.([]any); ok && len(q) >= 2 && len(out) < 256 {
			out = append(out, q)
		}
	}
	return out
}

// property takes one jCard property: name, parameters, type, value.
func (c *card) property(p []any) {
	name, _ := p[0].(string)
	value := p[len(p)-1]
	if len(p) >= 4 {
		value = p[3]
	}
	switch strings.ToLower(name) {
	case "fn":
		if c.fn == "" {
			c.fn = textIn(value)
		}
	case "n": // only where fn is missing
		if c.fn == "" {
			if parts := textsIn(value); len(parts) >= 2 {
				c.fn = strings.TrimSpace(strings.Join([]string{parts[1], parts[0]}, " "))
			}
		}
	case "org":
		if v := textIn(value); c.org == "" || isHan(v) && !isHan(c.org) { // printed once for each language (RFC 6350 §5.1)
			c.org = v
		}
	case "kind":
		c.kind = strings.ToLower(textIn(value))
	case "url":
		if c.url == "" {
			c.url = textIn(value)
		}
	case "adr":
		if c.country == "" {
			c.country = countryOf(p, value)
		}
	}
}

// countryOf reads the country of an address: parameter cc (RFC 8605), the
// seventh component, or the last line of the label.
func countryOf(p []any, value any) string {
	params, _ := p[1].(jsonObject)
	if cc := textIn(get(params, "cc")); cc != "" {
		return cc
	}
	if a, ok := value.([]any); ok && len(a) >= 7 {
		if s := textIn(a[6]); s != "" {
			return s
		}
	}
	if label := textIn(get(params, "label")); label != "" {
		lines := strings.FieldsFunc(label, func(r rune) bool { return r == '\n' || r == '\r' })
		if n := len(lines); n > 1 {
			return strings.TrimSpace(lines[n-1])
		}
	}
	return ""
}

// jsContact reads name, organisation and country of a JSContact card.
func (c *card) jsContact(o jsonObject) {
	switch n := get(o, "name").(type) {
	case jsonObject:
		c.fn = textIn(get(n, "full"))
	case string:
		c.fn = n
	}
	if c.fn == "" {
		c.fn = textIn(get(o, "fullName"))
	}
	if orgs, ok := get(o, "organizations").(jsonObject); ok {
		for _, v := range orgs {
			if org, ok := v.(jsonObject); ok && c.org == "" {
				c.org = textIn(get(org, "name"))
			}
		}
	}
	if addrs, ok := get(o, "addresses").(jsonObject); ok {
		for _, v := range addrs {
			if a, ok := v.(jsonObject); ok && c.country == "" {
				c.country = textIn(get(a, "countryCode"))
			}
		}
	}
}
