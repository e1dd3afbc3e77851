package recordcheck

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"domaincheck"
)

// Map says where things stand in an answer. A place is a path of names and
// numbers: data.list.0.icp. The keys:
//
//	number      the record number
//	subject     the subject's name
//	site_name   the filed name of the site
//	audited_on  the day of the audit, in any usual form
//	record      the record itself: null, false, 0, "" or empty where there is none
//	status      the API's own status
//	ok          the statuses that mean an answer, "|" between them
//	none        the statuses that mean "no record", "|" between them
//	message     what the API says of an error
//
// Only number is needed. Where neither record nor none is mapped, there is no
// record if the number itself is there and null or empty, in an answer that
// looks like no error: no error, err or errmsg with something in it, no code,
// errcode or status but the usual ones for "all is well".
type Map map[string]string

// Fields lists the keys of a [Map].
func Fields() []string {
	return []string{"number", "subject", "site_name", "audited_on", "record", "status", "ok", "none", "message"}
}

// DefaultMap reads an answer of the form
// {"number", "subject", "site_name", "audited_on", "found"}.
func DefaultMap() Map {
	return Map{"number": "number", "subject": "subject", "site_name": "site_name", "audited_on": "audited_on", "record": "found", "message": "message"}
}

// at gives the value at a path; there is false where the path leads nowhere.
func at(v any, path string) (value any, there bool) {
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			if v, there = x[step]; !there {
				return nil, false
			}
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(x) {
				return nil, false
			}
			v = x[n]
		default:
			return nil, false
		}
	}
	return v, true
}

// text is a value as text: that of a string, number or boolean, bounded.
func text(v any) string {
	switch x := v.(type) {
	case string:
		x = strings.TrimSpace(x)
		return x[:min(len(x), 500)]
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// empty tells a value that says "there is none".
func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case bool:
		return !x
	case string:
		return strings.TrimSpace(x) == ""
	case json.Number:
		f, err := x.Float64()
		return err == nil && f == 0
	case []any:
		return len(x) == 0
	case map[string]any:
		return len(x) == 0
	}
	return false
}

// place gives the text that a key of the map leads to.
func (m Map) place(answer any, key string) (string, bool) {
	path := m[key]
	if path == "" {
		return "", false
	}
	v, there := at(answer, path)
	return text(v), there
}

// among tells whether a status is one of those that a key lists.
func (m Map) among(status, key string) bool {
	return m[key] != "" && slices.ContainsFunc(strings.Split(m[key], "|"), func(s string) bool { return strings.TrimSpace(s) == status })
}

// missing tells what a map lacks to be of use; "" if nothing.
func (m Map) missing() string {
	switch {
	case m["number"] == "":
		return "number"
	case m["status"] == "" && (m["ok"] != "" || m["none"] != ""):
		return "status"
	}
	return ""
}

// none tells whether an answer without a number says that there is no record.
func (m Map) none(answer any) bool {
	if path := m["record"]; path != "" {
		v, there := at(answer, path)
		return there && empty(v)
	}
	v, there := at(answer, m["number"])
	return m["none"] == "" && there && empty(v) && !looksFailed(answer)
}

// looksFailed tells an answer that speaks of an error in one of the usual ways.
func looksFailed(answer any) bool {
	members, _ := answer.(map[string]any)
	for name, v := range members {
		switch strings.ToLower(name) {
		case "error", "err", "errors", "errmsg", "error_msg", "error_message":
			if !empty(v) {
				return true
			}
		case "code", "errcode", "error_code", "status", "state", "success", "ok", "ret":
			switch strings.ToLower(text(v)) {
			case "0", "1", "200", "ok", "success", "true":
			default:
				return true
			}
		}
	}
	return false
}

// readDay reads a day in any usual form; the unknown date if it is none.
func readDay(s string) domaincheck.Date {
	s = strings.NewReplacer("年", "-", "月", "-", "日", "", "/", "-", ".", "-").Replace(strings.TrimSpace(s))
	if i := strings.IndexAny(s, " T"); i > 0 {
		s = s[:i]
	}
	parts := strings.Split(s, "-")
	if len(parts) != 3 {
		return domaincheck.Date{}
	}
	for i := range parts[1:] {
		if len(parts[i+1]) == 1 {
			parts[i+1] = "0" + parts[i+1]
		}
	}
	d, err := domaincheck.ParseDate(strings.Join(parts, "-"))
	if err != nil {
		return domaincheck.Date{}
	}
	return d
}
