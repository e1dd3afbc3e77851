package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// preflightJSON runs preflight on two files in-process and decodes its answer.
func preflightJSON(t *testing.T, site string, args ...string) (map[string]any, int) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var out, errs bytes.Buffer
	status := run(append([]string{
		"preflight", "--json", "--at", "2026-11-21", "--site", write("site.yaml", site),
		"--observation", write("observation.json", `{"registration": null, "resolution": null, "page": null, "record": null}`),
	}, args...), streams{strings.NewReader(""), &out, &errs})
	var v map[string]any
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s%s", err, out.String(), errs.String())
	}
	return v, status
}

// The shape of the JSON is the same for every order and subject: the same keys,
// and no list is null.
func TestPreflightJSONHasOneShape(t *testing.T) {
	top := strings.Fields("at conditions counts domain files image inferred kind lang order papers province schema state steps tables unicode verdict")
	condition := strings.Fields("basis code evidence facts fix group id knows layer observed_at rule severity state summary target text why")
	paper := strings.Fields("any_of basis code facts files id image kind layer limits max_age need state text")
	keys := func(v any) []string {
		m, _ := v.(map[string]any)
		var out []string
		for k := range m {
			out = append(out, k)
		}
		slices.Sort(out)
		return out
	}
	sites := []string{
		"domain: example.cn\n",
		"domain: example.cn\nsubject: {province: 江苏, kind: individual, principal: {birth_date: 2009-01-01, id_province: 北京}}\npapers: []\n",
		"domain: 47.110.0.1\nsubject: {province: 广东}\nservers: [{provider: aliyun, type: own}]\n",
	}
	for i, order := range []string{"first", "new_site", "access", "change", "cancel", "first"} {
		v, _ := preflightJSON(t, sites[i%len(sites)], "--order", order)
		if got := keys(v); !slices.Equal(got, top) {
			t.Errorf("%s: keys %v", order, got)
		}
		for _, c := range v["conditions"].([]any) {
			if got := keys(c); !slices.Equal(got, condition) {
				t.Errorf("%s: a condition has the keys %v", order, got)
			}
		}
		for _, c := range v["papers"].([]any) {
			if got := keys(c); !slices.Equal(got, paper) {
				t.Errorf("%s: a paper has the keys %v", order, got)
			}
		}
		noNullLists(t, order, v)
	}
}

// noNullLists fails on a null under a key that holds a list elsewhere.
func noNullLists(t *testing.T, at string, v any) {
	t.Helper()
	lists := strings.Fields("conditions papers files steps inferred facts any_of limits basis problems formats")
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if x == nil && slices.Contains(lists, k) {
				t.Errorf("%s: %s is null", at, k)
			}
			noNullLists(t, at+"."+k, x)
		}
	case []any:
		for _, x := range v {
			noNullLists(t, at, x)
		}
	}
}

// The safe sequence of a move, in this order and in both languages.
func TestPreflightMoveHasItsSafeSequence(t *testing.T) {
	for lang, words := range map[string][]string{"zh": {"先接入", "审核通过", "再切解析", "再取消旧接入"}, "en": {"first file", "approved", "then switch", "then cancel"}} {
		v, status := preflightJSON(t, "domain: example.cn\nstate: filed\nrecord_number: 沪ICP备12345678号-1\n", "--order", "access", "--provider", "tencent", "--lang", lang)
		if status != statusUnknown {
			t.Errorf("status %d though nothing was seen", status)
		}
		at := 0
		for _, s := range v["steps"].([]any) {
			if text := s.(map[string]any)["text"].(string); at < len(words) && strings.HasPrefix(text, words[at]) {
				at++
			}
		}
		if at != len(words) {
			t.Errorf("%s: step %q is missing or out of turn", lang, words[at])
		}
	}
}
