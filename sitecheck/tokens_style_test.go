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
