package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"domaincheck"
	"domaincheck/tldlist"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// face holds the templates of one server, once a language, and its static
// files with the hashes by which browsers may keep them for good.
type face struct {
	sets   map[string]map[string]*template.Template // language → page
	hashes map[string]string
	tlds   func() (*tldlist.Table, error)
}

// newFace parses everything; a template that does not parse is a defect of ours
// that a test finds.
func newFace() (*face, error) {
	f := &face{sets: map[string]map[string]*template.Template{}, hashes: map[string]string{}, tlds: sync.OnceValues(tldlist.Default)}
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := staticFiles.ReadFile(name)
		sum := sha256.Sum256(body)
		f.hashes[strings.TrimPrefix(name, "static/")] = hex.EncodeToString(sum[:6])
		return err
	})
	if err != nil {
		return nil, err
	}
	pages, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, lang := range []string{"zh", "en"} {
		f.sets[lang] = map[string]*template.Template{}
		base, err := template.New("layout").Funcs(f.functions(lang)).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
		if err != nil {
			return nil, err
		}
		for _, page := range pages {
			name := strings.TrimSuffix(path.Base(page), ".html")
			if name == "layout" || name == "parts" {
				continue
			}
			set, err := base.Clone()
			if err == nil {
				set, err = set.ParseFS(templateFiles, page)
			}
			if err != nil {
				return nil, err
			}
			f.sets[lang][name] = set
		}
	}
	return f, nil
}

// functions are what templates may call beside their data.
func (f *face) functions(lang string) template.FuncMap {
	t := tongue{lang: lang}
	return template.FuncMap{
		"say":    t.say,
		"sayf":   t.sayf,
		"icon":   icon,
		"num":    countWords,
		"static": func(name string) string { return "/static/" + name + "?v=" + f.hashes[name] },
		"level":  func(s string) string { return t.severity(domaincheck.Severity(s)) },
		"verdict": func(v domaincheck.Verdict) string {
			return t.verdict(v)
		},
		"state": t.state,
		"label": siteLabel,
		"part":  t.part,
		"or2":   func(a, b string) string { return firstOf(a, b) },
		"add":   func(a, b int) int { return a + b },
		"px":    func(v float64) string { return fmt.Sprintf("%.1f", v) },
		"dict":  dict,
	}
}

// countWords is number for any kind of integer, for templates.
func countWords(n any) string {
	switch v := n.(type) {
	case int:
		return number(int64(v))
	case int64:
		return number(v)
	}
	return fmt.Sprint(n)
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// dict gives a part several values by name.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// icon draws a sign of the sprite in the layout; the word stands beside it.
func icon(name string) template.HTML {
	for _, r := range name {
		if r < 'a' && r != '_' && r != '-' || r > 'z' {
			return ""
		}
	}
	return template.HTML(`<svg class="i" aria-hidden="true"><use href="#i-` + name + `"/></svg>`) //nolint:gosec // letters only, see above
}

// speak gives templates the words that depend on the moment.
type speak struct{ tongue }

// Instant, Short and Ago are the methods of tongue, for templates.
func (s speak) Instant(at time.Time) string { return s.instant(at) }

// Short leaves out this year.
func (s speak) Short(at time.Time) string { return s.short(at) }

// Ago says how long ago it was.
func (s speak) Ago(at time.Time) string { return s.ago(at) }

// Left says how many days are left until a day.
func (s speak) Left(d domaincheck.Date) string { return s.left(d) }

// view is what a template is given.
type view struct {
	Title   string
	Lang    string
	Other   string // the other language
	Theme   string // light, dark, or "" as the browser likes
	Path    string // of this page, with its query, for forms that come back here
	Section string // of the navigation
	Who     Principal
	CSRF    string
	Operate bool
	Admin   bool
	Version string
	Flash   *flash
	Refresh int // seconds after which a browser without scripts asks again
	Bare    bool
	T       speak
	D       any
}

// flash is what became of the change before.
type flash struct {
	Class, Icon, Text string
}

// tongueOf chooses the language: the query, the cookie, the browser, the
// settings.
func (s *Server) tongueOf(r *http.Request) tongue {
	t := tongue{lang: s.o.Lang, zone: s.o.Zone, now: s.o.Now()}
	if lang := r.URL.Query().Get("lang"); lang == "zh" || lang == "en" {
		t.lang = lang
		return t
	}
	if c, err := r.Cookie("lang"); err == nil && (c.Value == "zh" || c.Value == "en") {
		t.lang = c.Value
		return t
	}
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), ";")
		if tag == "zh" || strings.HasPrefix(tag, "zh-") {
			t.lang = "zh"
			return t
		}
		if tag == "en" || strings.HasPrefix(tag, "en-") {
			t.lang = "en"
			return t
		}
	}
	return t
}

func themeOf(r *http.Request) string {
	if c, err := r.Cookie("theme"); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return ""
}

// show renders a page whole before the first byte goes out, so that an error in
// the middle of it is an error page.
func (s *Server) show(w http.ResponseWriter, r *http.Request, name string, v view) {
	s.showAs(w, r, http.StatusOK, name, v)
}

func (s *Server) showAs(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	t := s.tongueOf(r)
	if r.URL.Query().Get("lang") == t.lang {
		s.prefer(w, r, "lang", t.lang)
	}
	who, known := PrincipalOf(r.Context())
	v.Lang, v.Other, v.Theme, v.T = t.lang, t.say("en", "zh"), themeOf(r), speak{t}
	v.Who, v.CSRF, v.Version, v.Path = who, who.CSRF, s.o.Version, r.URL.RequestURI()
	v.Operate, v.Admin = who.Role.May(RoleOperate), who.Role.May(RoleAdmin)
	v.Bare = v.Bare || !known
	if v.Flash == nil {
		v.Flash = t.flash(r.URL.Query().Get("done"))
	}
	set := s.face.sets[t.lang][name]
	if set == nil {
		http.Error(w, "there is no such page", http.StatusInternalServerError)
		return
	}
	var page bytes.Buffer
	if err := set.ExecuteTemplate(&page, "layout", v); err != nil {
		s.o.Log.Error("a page cannot be drawn", "id", RequestID(r.Context()), "page", name, "error", err)
		http.Error(w, t.say("页面无法显示，日志里有原因，编号 ", "the page cannot be drawn; the log tells why under ")+RequestID(r.Context()), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", t.say("zh-CN", "en"))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}

// prefer keeps how somebody likes the pages in a cookie.
func (s *Server) prefer(w http.ResponseWriter, r *http.Request, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode})
}

// preferences keeps language or theme and goes back.
func (s *Server) preferences(w http.ResponseWriter, r *http.Request) {
	if lang := r.PostFormValue("lang"); lang == "zh" || lang == "en" {
		s.prefer(w, r, "lang", lang)
	}
	if theme := r.PostFormValue("theme"); theme == "light" || theme == "dark" || theme == "auto" {
		s.prefer(w, r, "theme", theme)
	}
	back := localPath(r.PostFormValue("next"))
	if path, query, ok := strings.Cut(back, "?"); ok { // a ?lang= of before would win over the cookie
		var kept []string
		for pair := range strings.SplitSeq(query, "&") {
			if !strings.HasPrefix(pair, "lang=") && !strings.HasPrefix(pair, "done=") {
				kept = append(kept, pair)
			}
		}
		if back = path; len(kept) > 0 {
			back += "?" + strings.Join(kept, "&")
		}
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// files serves what the pages load. Names carry a hash, so browsers may keep
// them for good.
func (s *Server) files(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/static/")
	body, err := staticFiles.ReadFile("static/" + name)
	if err != nil {
		s.fail(w, r, problem(http.StatusNotFound, "not_found", "there is nothing at %s", r.URL.Path))
		return
	}
	h := w.Header()
	switch path.Ext(name) {
	case ".css":
		h.Set("Content-Type", "text/css; charset=utf-8")
	case ".js":
		h.Set("Content-Type", "text/javascript; charset=utf-8")
	case ".svg":
		h.Set("Content-Type", "image/svg+xml")
	default:
		h.Set("Content-Type", "application/octet-stream")
	}
	h.Set("ETag", `"`+s.face.hashes[name]+`"`)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == s.face.hashes[name] {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Del("Vary")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}

// flash is the sentence for what became of a change, by a word of ours in the
// address; nothing of the address itself is shown.
func (t tongue) flash(done string) *flash {
	good := func(zh, en string) *flash { return &flash{"", "pass", t.say(zh, en)} }
	switch done {
	case "check":
		return good("已排到最前面，马上就查", "Put first: it is being checked now")
	case "checks":
		return good("选中的站点已排到最前面", "The chosen sites were put first")
	case "silence":
		return good("已静默，到期自动恢复", "Silenced until its end")
	case "ended":
		return good("已结束", "Ended")
	case "suppressed":
		return good("已记为误报：证据不变就不再告警", "Kept as a false alarm: nothing is told while the evidence stays the same")
	case "acknowledged":
		return good("变更已确认，马上按新的样子重新判断", "The change is acknowledged; the site is judged anew")
	case "revived":
		return good("已重新排队投递", "Queued for delivery again")
	case "tagged":
		return good("标签已改", "Tags changed")
	case "case":
		return good("案件已保存", "The case was saved")
	case "imported":
		return good("台账已写入", "The ledger was taken over")
	case "nothing":
		return &flash{"note", "info", t.say("没有选中站点", "No site was chosen")}
	case "busy":
		return &flash{"bad", "fail", t.say("排队的检查太多，请稍后再试", "Too many checks are waiting; try again later")}
	case "some":
		return &flash{"note", "info", t.say("一部分没有做成：台账文件里的站点须在文件里改", "Some were left as they are: sites of the inventory file are changed there")}
	}
	return nil
}
