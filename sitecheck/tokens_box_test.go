package sitecheck_test

import (
	"strings"
	"testing"

	"domaincheck/sitecheck"
)

// TestMovedByItsOwnSize: what moves over an edge of the screen is gone; over
// that of what holds it, it is seen beside that.
func TestMovedByItsOwnSize(t *testing.T) {
	t.Parallel()
	const number = `<a href="https://beian.miit.gov.cn/">京ICP备05032038号-1</a>`
	for style, seen := range map[string]bool{
		"position:fixed;bottom:0;transform:translateY(100%)":    false,
		"position:fixed;left:0;transform:translateX(-100%)":     false,
		"position:absolute;right:0;transform:translateX(100%)":  false,
		"position:absolute;bottom:0;transform:translateY(100%)": true,
		"position:relative;top:0;transform:translateY(-100%)":   true,
		"position:fixed;left:50%;transform:translateX(-50%)":    true,

		"position:absolute;left:50%;margin-left:-3000px;bottom:0":          true,
		"position:relative;left:50%;margin-left:-3000px;width:6000px":      true,
		"position:absolute;bottom:0;left:50%;transform:translateX(-600px)": true,
		"float:left;width:200px;margin-left:-100%":                         true,
		"float:left;width:200px;margin-left:-960px":                        true,
		"margin-left:-9999px":                  false,
		"transform:translateX(-9999px)":        false,
		"position:absolute;left:-9999px":       false,
		"position:absolute;top:-999em":         false,
		"position:absolute;left:-100%":         false,
		"position:absolute;left:0;top:-1000px": false,
	} {
		page := sitecheck.Parse(strings.NewReader(`<div style="`+style+`">`+number+`</div>`), sitecheck.ParseOptions{URL: "https://www.example.cn/", ContentType: "text/html; charset=utf-8"})
		if got := len(page.RecordNumbers) == 1; got != seen {
			t.Errorf("%s: seen %v", style, got)
		}
	}
}
