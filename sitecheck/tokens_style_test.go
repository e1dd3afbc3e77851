package sitecheck_test

import (
	"strings"
	"testing"

	"domaincheck/sitecheck"
)

// TestStylesAsWritten: comments and escapes within declarations, and colours
// that are none, hide as they do in a browser.
func TestStylesAsWritten(t *testing.T) {
	t.Parallel()
	for css, shown := range map[string]bool{
		`display:/**/none`:                 false,
		`/* display:block; */display:none`: false,
		`/* display:none */`:               true,
		`/* display:none`:                  true,
		`d\69splay:none`:                   false,
		`d\000069 splay : n\6f ne`:         false,
		`d\isplay:none`:                    false,
		`displa\79`:                        true,
		`display:none\`:                    true,
		`display:none\9`:                   true, // read by Internet Explorer alone
		`display:none \9 ; color:red`:      true,
		`font-size:0\9`:                    true,
		`display:none\;`:                   true,
		`display\:none`:                    true,
		`color:rgba(0,0,0,0)`:              false,
		`color:rgba( 255, 255, 255, .0 )`:  false,
		`color:rgb(0 0 0 / 0%)`:            false,
		`color:hsla(0,0%,0%,0)`:            false,
		`color:#0000`:                      false,
		`color:#12345600`:                  false,
		`color:rgb(0,0,0)`:                 true,
		`color:rgba(0,0,0,.5)`:             true,
		`color:rgb(0 0 0 / 50%)`:           true,
		`color:#000`:                       true,
		`color:#123456`:                    true,
		`color:transparent`:                false,
		`background:linear-gradient(90deg,red,blue);-webkit-background-clip:text;color:transparent`: true,
	} {
		page := sitecheck.Parse(strings.NewReader(`<meta charset=utf-8><p>示例科技</p><div style="`+css+`">京ICP备05032038号</div>`), sitecheck.ParseOptions{URL: "https://www.example.cn/"})
		if got := len(page.RecordNumbers) == 1; got != shown {
			t.Errorf("%s: shown %v", css, got)
		}
	}
}

// TestColoursOfChildren: what has a colour of its own is seen within what has
// none, as links have by themselves.
func TestColoursOfChildren(t *testing.T) {
	t.Parallel()
	const number = `京ICP备05032038号`
	for part, shown := range map[string]bool{
		`<div style="color:transparent">` + number + `</div>`:                                                      false,
		`<div style="color:transparent"><p>` + number + `</p></div>`:                                               false,
		`<div style="color:#333;background:#333"><p>` + number + `</p></div>`:                                      false,
		`<div style="color:#333;background:#333"><a href="https://beian.miit.gov.cn/">` + number + `</a></div>`:    true,
		`<div style="color:rgba(0,0,0,0)"><p style="color:#333">` + number + `</p></div>`:                          true,
		`<div style="color:transparent"><a href="/" style="color:transparent">` + number + `</a></div>`:            false,
		`<style>.f{color:#0000}</style><div class=f><p><a href="/">` + number + `</a></p></div>`:                   true,
		`<style>.f{color:#0000}.f a{color:#0000}</style><div class=f><p><a href="/">` + number + `</a></p></div>`:  false,
		`<style>.f{color:#0000}</style><div class=f><p>` + number + `</p></div>`:                                   false,
		`<style>.f{color:#0000;opacity:0}</style><div class=f><a href="/">` + number + `</a></div>`:                false,
		`<div style="color:transparent"><div style="font-size:12px;visibility:visible">` + number + `</div></div>`: false,
		`<div style="color:transparent">x</div><div>` + number + `</div>`:                                          true,
		`<input type=submit style="color:#fff;background:#fff" value="` + number + `">`:                            false,
	} {
		page := sitecheck.Parse(strings.NewReader(`<meta charset=utf-8><p>示例科技</p>`+part), sitecheck.ParseOptions{URL: "https://www.example.cn/"})
		if got := len(page.RecordNumbers) == 1; got != shown {
			t.Errorf("%s: shown %v", part, got)
		}
	}
}
