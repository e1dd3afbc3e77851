package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/web"
)

// TestTongue: what went wrong is said in the language of the request: its own
// wish, the browser's, else that of the settings; code and title stay.
func TestTongue(t *testing.T) {
	for _, c := range []struct {
		set, path, body, header, value string
		zh                             bool
	}{
		{"zh", "GET /api/v1/sites/nowhere.cn", "", "Accept-Language", "en-GB,zh;q=0.5", false},
		{"zh", "GET /api/v1/sites/nowhere.cn", "", "", "", true},
		{"en", "GET /api/v1/sites/nowhere.cn", "", "Accept-Language", "zh-CN,zh;q=0.9", true},
		{"en", "GET /api/v1/sites/nowhere.cn", "", "Cookie", "lang=zh", true},
		{"en", "GET /api/v1/sites/nowhere.cn", "", "", "", false},
		{"en", "GET /api/v1/nothing", "", "Accept-Language", "zh", true},
		{"en", "POST /api/v1/silences", `{"match": {"rule": ["x"]}}`, "Accept-Language", "zh", true},
		{"en", "POST /api/v1/silences", `{"reason": "x", "until": "2020-01-01"}`, "Accept-Language", "zh", true},
		{"en", "GET /api/v1/sites?limit=0&colour=red", "", "Accept-Language", "zh", true},
		{"zh", "PUT /api/v1/sites/example.cn", `{`, "Accept-Language", "en", false},
	} {
		w := begin(t, func(o *web.Options) { o.Lang = c.set })
		header := []string{"Content-Type", "application/json"}
		if c.header != "" {
			header = append(header, c.header, c.value)
		}
		a := w.call(c.path, c.body, header...)
		v := a.json(t)
		said := []string{v["detail"].(string)}
		all, _ := v["errors"].([]any)
		for _, e := range all {
			said = append(said, e.(map[string]any)["message"].(string))
		}
		for _, text := range said {
			if zh := strings.ContainsFunc(text, func(r rune) bool { return r >= 0x4e00 && r < 0xa000 }); zh != c.zh {
				t.Errorf("%s, set %s, %s %s: %s", c.path, c.set, c.header, c.value, text)
			}
		}
		if v["title"] != http.StatusText(a.status) || a.code(t) == "" {
			t.Errorf("%s: title %v", c.path, v["title"])
		}
	}
}

// TestTongueOfStatus: so are the daemon's own troubles.
func TestTongueOfStatus(t *testing.T) {
	status := web.Status{
		Problems: domaincheck.List[web.ProblemStatus]{{Code: "blind", Message: "nothing of the part page can be seen: 9 of 9 looks"}},
		Reload:   &web.ReloadStatus{Error: domaincheck.Errorf(domaincheck.CodeBadSettings, "a.yaml:1:2", "there is no rule \"x\"")},
	}
	w := begin(t, func(o *web.Options) { o.Status = func(context.Context) web.Status { return status } })
	for lang, want := range map[string][2]string{"zh": {"9", "没有规则"}, "en": {"nothing of the part page", "there is no rule"}} {
		body := string(w.want(200, "GET /api/v1/status?lang="+lang, nil).body)
		if !strings.Contains(body, want[0]) || !strings.Contains(body, want[1]) || strings.Contains(body, "nothing of") != (lang == "en") {
			t.Errorf("%s: %s", lang, body)
		}
	}
	if status.Problems[0].Message[0] != 'n' {
		t.Error("what was given is changed")
	}
}
