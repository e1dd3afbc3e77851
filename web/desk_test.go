package web_test

import (
	"fmt"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/desk"
	"domaincheck/web"
)

const hostile = `<script>alert(1)</script>"'&`

// deskRows are two sites of two customers, a name of nobody and a contradiction.
func deskRows() web.DeskList {
	deadline := domaincheck.At(domaincheck.MustDate("2026-12-01").Start())
	pointing := &web.DeskPointing{File: "rows.csv", Rows: 12345, Refused: 1, Names: 7, Left: 3, Problems: []string{"rows.csv:3 " + hostile}}
	return web.DeskList{Own: []string{"aliyun"}, At: today(), Pointing: pointing, Rows: []web.DeskRow{
		{Candidate: desk.Candidate{Kind: desk.Shell, Domain: secret + ".cn", Unicode: secret + ".cn", Customer: secret, Confirmed: true}, Tags: []string{secret + "-tag"}},
		{Candidate: desk.Candidate{
			Kind: desk.Elsewhere, Domain: "shop0.cn", Unicode: "shop0.cn", Customer: hostile, Subject: hostile, Seen: []string{hostile}, Deadline: deadline, DeadlineKind: "typical",
			Hosts: []domaincheck.Keeper{{Host: hostile}},
		}, Tags: []string{"shop"}},
		{Candidate: desk.Candidate{Kind: desk.Unlisted, Domain: "unlisted.cn", Unicode: "unlisted.cn", Seen: []string{"unlisted.cn → 47.110.0.1"}}},
		{Candidate: desk.Candidate{Kind: desk.NumberShared, Domain: "a.cn", Unicode: "a.cn", Numbers: []string{"京ICP备12345678号"}, Others: []string{secret}, Confirmed: true}},
	}}
}

// TestDesk: the list by kind, word and page; a token of a tag sees its sites
// alone, and no contradiction, since that speaks of others.
func TestDesk(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Tokens, o.Desk = tokens(), deskRows })
	domains := func(call string, header ...string) string {
		t.Helper()
		var all []string
		for _, item := range w.want(200, "GET /api/v1/desk"+call, nil, header...).items(t) {
			all = append(all, fmt.Sprint(item["domain"]))
		}
		return strings.Join(all, " ")
	}
	for call, want := range map[string]string{
		"": secret + ".cn shop0.cn unlisted.cn a.cn", "?kind=empty_shell": secret + ".cn", "?confirmed=true": secret + ".cn a.cn", "?q=SHOP0+script": "shop0.cn", "?q=nothing": "",
		"?limit=1": secret + ".cn", "?limit=2&cursor=1": "shop0.cn unlisted.cn", "?cursor=4": "",
	} {
		if got := domains(call, as("admin")...); got != want {
			t.Errorf("%s lists %q, not %q", call, got, want)
		}
	}
	first := w.want(200, "GET /api/v1/desk?limit=2", nil, as("admin")...).json(t)
	if first["next"] != "2" || first["at"] == nil || fmt.Sprint(first["own"]) != "[aliyun]" {
		t.Errorf("next %v, at %v, own %v", first["next"], first["at"], first["own"])
	}
	if last := w.want(200, "GET /api/v1/desk?limit=4", nil, as("admin")...).json(t); last["next"] != nil {
		t.Errorf("the end has a next page: %v", last["next"])
	}
	if p, ok := first["pointing"].(map[string]any); !ok || p["file"] != "rows.csv" || p["rows"] != 12345.0 || p["at"] != nil || p["error"] != nil {
		t.Errorf("the file of names: %v", first["pointing"])
	}
	if scoped := w.want(200, "GET /api/v1/desk", nil, as("shop")...).json(t); scoped["pointing"] != nil {
		t.Errorf("the token of shop sees the file of names: %v", scoped["pointing"])
	}
	w.want(422, "GET /api/v1/desk?cursor=-1", nil, as("admin")...)
	w.want(422, "GET /api/v1/desk?kind=none", nil, as("admin")...)
	if got := domains("", as("shop")...); got != "shop0.cn" {
		t.Errorf("the token of shop sees %q", got)
	}
	page := string(w.want(200, "GET /desk", nil, append(as("shop"), "Accept", "text/html")...).body)
	if strings.Contains(page, secret) || !strings.Contains(page, "shop0.cn") {
		t.Error("the page of shop shows others, or not its own")
	}
}

// TestDeskPage: both languages, escaped, with the way to a case for those who
// may open one; without a desk in the settings it says how to have one.
func TestDeskPage(t *testing.T) {
	t.Parallel()
	w := begin(t, func(o *web.Options) { o.Desk = deskRows })
	for lang, words := range map[string][]string{
		"zh": {"接入核查", "空壳候选 1", "经验期限，非法定", "尚未确认", "建案", "京ICP备12345678号", "rows.csv：12,345 行，查询 7 个域名，1 行无法读取，清单已满，另有 3 行未列出，正在读取"}, "en": {"Provider&#39;s desk", "empty-shell candidate 1", "typical, not a legal date", "not confirmed yet", "Open a case", "rows.csv: 12,345 rows, 7 names looked up, 1 rows cannot be read, the list is full, 3 more rows are left out, being read"},
	} {
		page := string(w.want(200, "GET /desk?lang="+lang, nil, "Accept", "text/html").body)
		for _, word := range words {
			if !strings.Contains(page, word) {
				t.Errorf("%s: %q is not on the page", lang, word)
			}
		}
		if strings.Contains(page, "<script>alert") || !strings.Contains(page, "&lt;script&gt;alert(1)") {
			t.Errorf("%s: what strangers wrote is not escaped", lang)
		}
		if strings.Contains(page, `href="/sites/unlisted.cn"`) || !strings.Contains(page, `href="/sites/shop0.cn"`) {
			t.Errorf("%s: only sites of the ledger have a page", lang)
		}
	}
	page := string(w.want(200, "GET /desk?lang=en&kind=resolves_here_not_listed", nil, "Accept", "text/html").body)
	if !strings.Contains(page, "unlisted.cn") || strings.Contains(page, `href="/sites/shop0.cn"`) {
		t.Error("the kind chooses nothing")
	}
	for name, list := range map[string]func() web.DeskList{"none": nil, "nobody": func() web.DeskList { return web.DeskList{} }} {
		bare := begin(t, func(o *web.Options) { o.Desk = list })
		if page := string(bare.want(200, "GET /desk?lang=en", nil, "Accept", "text/html").body); !strings.Contains(page, "desk.own") {
			t.Errorf("%s: the page does not say how to have a desk", name)
		}
	}
}
