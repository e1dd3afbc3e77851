package sitecheck

import (
	"bytes"
	"math/bits"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/net/html/atom"
)

// shellSigns gathers what tells that scripts, and not the page, draw what a
// visitor sees.
type shellSigns struct {
	scripts int      // scripts that may draw: those of counters and statistics aside
	root    bool     // an element that frameworks mount on: id app, root, __next …
	drawn   bool     // a script writes a record number, or a footer, into the page
	target  string   // where a script sends the visitor
	sources []string // addresses of scripts, resolved
	wall    string   // a sign of a wall against robots
	bytes   int      // of inline scripts that may draw

	cookies bool // a script sets a cookie
	holds   bool // a script that may draw holds what may be a number
	state   bool // data for scripts hold what may be a number

	covered int  // characters of text that is not seen as the page stands
	stored  bool // a template holds what may be a number
	clones  bool // a script takes templates out
	element int  // 1 + the characters before an open element that may draw a footer
	mounts  bool // there is such an element, empty
}

// tag looks at a start tag for the mount points of frameworks.
func (s *shellSigns) tag(tag atom.Atom, a tagAttrs) {
	if tag == atom.Div || tag == atom.Main || tag == atom.Section || tag == 0 || tag >= unknownTag {
		switch string(a.get(attrID)) {
		case "app", "root", "__next", "__nuxt", "q-app", "react-root", "___gatsby", "svelte", "app-root", "main-app", "ice-container", "icestark-container", "subapp-viewport", "icestarkNode", "appContainer", "vue-app", "container-app":
			s.root = true
		}
	}
}

// source looks at the start of a script.
func (s *shellSigns) source(p *pageParser, a tagAttrs) {
	if len(a.get(attrSrc)) == 0 {
		return
	}
	src := strings.ToLower(string(a.get(attrSrc)[:min(len(a.get(attrSrc)), 1024)]))
	s.sources = appendNew(s.sources, p.resolve(string(a.get(attrSrc))), maxTargets)
	f := scriptWords()
	found := f.words.all([]byte(src))
	s.seeWall(f, found)
	if found&f.counter != 0 {
		return
	}
	s.scripts++
	name := src
	if i := strings.IndexAny(name, "?#"); i >= 0 {
		name = name[:i]
	}
	name = name[strings.LastIndexByte(name, '/')+1:]
	if strings.Contains(name, "foot") || strings.Contains(name, "copyright") || strings.Contains(name, "beian") || strings.HasPrefix(name, "bottom") {
		s.drawn = true
	}
}

// inline looks at the text of a script.
func (s *shellSigns) inline(b []byte) {
	if len(trimmed(b)) == 0 {
		return
	}
	text := b[:min(len(b), maxScript)]
	f := scriptWords()
	found := f.words.all(text)
	s.seeWall(f, found)
	if found&f.counter != 0 && len(text) < 2000 {
		return
	}
	if len(text) < 4000 && s.target == "" && bytes.Contains(text, []byte("location")) {
		s.target = goesTo(string(text))
	}
	s.scripts++
	s.bytes += len(b)
	if found&f.writer != 0 && found&f.footer != 0 || found&f.write != 0 && found&f.script != 0 && found&f.foot != 0 ||
		found&f.foot != 0 && (found&f.loader != 0 || found&f.fetcher != 0 && found&f.writer != 0) {
		s.drawn = true
	}
	s.holds = s.holds || found&f.footer != 0 && holdsNumber(text)
	s.clones = s.clones || found&f.cloner != 0
	s.cookies = s.cookies || found&f.cookie != 0
}

// maxScript is how much of an inline script is read.
const maxScript = 256 << 10

// scriptWords finds what is looked for in scripts: the hosts of counters, the
// signs of walls against robots (content networks and firewalls), what writes
// into the page, and what of a footer it writes.
var scriptWords = sync.OnceValue(func() *scriptFinder {
	counters := []string{"hm.baidu.com", "cnzz.com", "google-analytics.com", "googletagmanager.com", "51.la", "umeng.com", "tongji", "push.zhanzhang", "zz.bdstatic.com", "analytics", "clarity.ms", "growingio", "sensorsdata", "busuanzi"}
	walls := []string{"/cdn-cgi/challenge-platform/", "_cf_chl_opt", "__jsl_clearance", "acw_sc__v2", "aliyun_waf_aa", "_waf_", "TencentCaptcha", "tcaptcha", "aliyunCaptcha", "awswaf", "_guard/", "geetest", "yundun", "__ddg", "probe.js?token", "safeline", "WafCaptcha", "slidecaptcha", "EO_Bot_Ssid", "__tst_status", "jschl"}
	writers := []string{"document.write", "innerHTML", ".html(", ".append(", "insertAdjacentHTML", "textContent", "innerText", "outerHTML"}
	fetchers := []string{"fetch(", "$.get(", "$.ajax(", "XMLHttpRequest", "axios"}
	loaders := []string{`.load("`, `.load('`}
	footers := []string{"beian.miit", "备案", "ICP备", "ICP\\u5907", "icp\\u5907", "\\u5907\\u6848"}
	f := &scriptFinder{walls: walls}
	var words []string
	bits := func(list []string) (mask uint64) {
		for _, w := range list {
			mask |= 1 << len(words)
			words = append(words, w)
		}
		return mask
	}
	f.wall, f.counter, f.writer, f.footer = bits(walls), bits(counters), bits(writers), bits(footers)
	f.fetcher, f.loader, f.cloner = bits(fetchers), bits(loaders), bits([]string{"cloneNode", "importNode"})
	f.cookie = bits([]string{"document.cookie"})
	f.write, f.script, f.foot = bits([]string{"document.write"}), bits([]string{"<script"}), bits([]string{"foot"})
	f.words = newWordFinder(words...)
	return f
})

// scriptFinder is the words and which kinds they are of.
type scriptFinder struct {
	words                                              *wordFinder
	walls                                              []string // words 0, 1, …
	wall, counter, writer, footer, write, script, foot uint64

	fetcher, loader, cloner, cookie uint64
}

// seeWall notes the first of the signs of a wall that were found.
func (s *shellSigns) seeWall(f *scriptFinder, found uint64) {
	if found &= f.wall; s.wall == "" && found != 0 {
		s.wall = f.walls[bits.TrailingZeros64(found)]
	}
}

// goesTo finds where a script that sets the location sends the visitor. What
// stands within a function or under a condition is not for sure, and an address
// that is put together is not known.
func goesTo(script string) string {
	const word, most = "location", 8 // and how many in comments are gone over
	for from, comments := 0, 0; comments < most; {
		i := strings.Index(script[from:], word)
		if i < 0 {
			break
		}
		i += from
		from = i + len(word)
		if i > 0 && isWordByte(script[i-1]) {
			continue
		}
		to := assigned(script[from:])
		switch before := script[:i]; {
		case to == "":
		case inComment(before):
			comments++
		case strings.Contains(before, "{") && !strings.Contains(before, "setTimeout"), conditional(before), leadsNowhere(to):
			return ""
		default:
			return to
		}
	}
	return ""
}

// inComment tells whether what follows a piece of a script stands in a comment.
func inComment(before string) bool {
	if strings.LastIndex(before, "/*") > strings.LastIndex(before, "*/") {
		return true
	}
	line := before[strings.LastIndexByte(before, '\n')+1:]
	i := strings.LastIndex(line, "//")
	return i == 0 || i > 0 && !strings.ContainsRune(":'\"", rune(line[i-1]))
}

// conditional tells whether the statement that a piece of a script ends in is
// run under a condition, without braces.
func conditional(before string) bool {
	statement := strings.TrimLeft(before[strings.LastIndexAny(before, ";}")+1:], " \t\r\n")
	line := statement[strings.LastIndexByte(statement, '\n')+1:]
	if strings.Contains(line, "&&") || strings.Contains(line, "||") || strings.Contains(line, "?") {
		return true
	}
	for _, word := range [...]string{"if", "else"} {
		if rest, ok := strings.CutPrefix(statement, word); ok && (rest == "" || !isWordByte(rest[0])) {
			return true
		}
	}
	return false
}

// assigned reads what a script that goes on with rest after the word location
// sets it to: ="…", .href='…', .replace("…"), .assign("…").
func assigned(rest string) string {
	const blanks = " \t\r\n"
	rest = strings.TrimLeft(rest, blanks)
	opener := "="
	if after, ok := strings.CutPrefix(rest, "."); ok {
		end := 0
		for end < len(after) && isWordByte(after[end]) {
			end++
		}
		switch rest = after[end:]; after[:end] {
		case "href":
		case "replace", "assign":
			opener = "("
		default:
			return ""
		}
	}
	rest, ok := strings.CutPrefix(strings.TrimLeft(rest, blanks), opener)
	if rest = strings.TrimLeft(rest, blanks); !ok || rest == "" || !strings.ContainsRune("'\"`", rune(rest[0])) {
		return ""
	}
	to, after, ok := strings.Cut(rest[1:], rest[:1])
	if after = strings.TrimLeft(after, blanks); !ok || len(to) > 2048 || strings.HasPrefix(after, "+") || rest[0] == '`' && strings.Contains(to, "${") {
		return ""
	}
	return strings.TrimSpace(to)
}

func isWordByte(c byte) bool {
	return isLower(c|0x20) || '0' <= c && c <= '9' || c == '_' || c == '$'
}

// refresh notes where a meta refresh, or a header of that name, leads: without
// an address to the page itself.
func (p *pageParser) refresh(content []byte) {
	if to := refreshTarget(content); to != "" {
		p.out.refresh = p.resolve(to)
		return
	}
	if wait := bytes.TrimRight(bytes.TrimSpace(content), ";, "); len(wait) > 0 && len(wait) <= 2 {
		if n, err := strconv.Atoi(string(wait)); err == nil && n <= refreshWithin {
			p.out.refresh = p.opt.URL
		}
	}
}

// challenge is the sign of a wall against robots, or "". A wall is short and
// shows nothing of the site: a log-in form with a captcha is none.
func (p *pageParser) challenge() string {
	if p.text.runes > 500 || len(p.numbers) > 0 && p.text.runes > 120 {
		return ""
	}
	text := string(p.page.Title) + "\n" + p.view
	for _, sign := range [...]string{
		"Just a moment...", "Checking your browser", "Attention Required! | Cloudflare", "Verify you are human", "Verifying you are human",
		"Enable JavaScript and cookies to continue", "请完成安全验证", "请完成验证", "请进行安全验证", "请进行人机验证", "人机身份验证", "请完成人机验证",
		"正在进行安全检查", "正在检查您的浏览器", "正在验证您的浏览器", "浏览器安全检查中", "安全检测中", "安全验证中", "访问验证", "滑动验证", "拖动滑块",
		"请按住滑块", "向右滑动完成验证", "请输入验证码以继续", "您的访问过于频繁", "访问频率过高", "请求过于频繁", "检测到您的网络环境存在异常", "检测到有异常的访问",
		"您的请求可能对网站造成安全威胁", "您的访问可能对网站造成威胁", "您的请求带有不合法参数", "您所提交的请求含有不合法的参数", "访问被拦截", "请求被拦截",
		"已被网站管理员设置拦截", "由于您访问的URL有可能对网站造成安全威胁", "您的请求已被该站点的安全策略拦截", "Web应用防火墙", "网站防火墙", "Sorry, you have been blocked", "Request unsuccessful. Incapsula", "Pardon Our Interruption", "DDoS protection by", "人机验证", "安全验证",
	} {
		if strings.Contains(text, sign) && p.fitsWall(sign) {
			return sign
		}
	}
	if p.shell.wall != "" && p.text.runes <= 120 {
		return p.shell.wall
	}
	if p.shell.cookies && p.opt.Status >= 400 && p.text.runes <= 30 {
		return "document.cookie" // a script that asks for a second visit with a cookie
	}
	return ""
}

// fitsWall tells whether a sign that other pages show too stands on a page
// that is nothing but a wall.
func (p *pageParser) fitsWall(sign string) bool {
	switch sign {
	case "安全验证", "人机验证", "滑动验证", "访问验证", "网站防火墙", "Web应用防火墙", "安全检测中", "拖动滑块", "请按住滑块", "请完成验证":
		return p.text.runes <= 150 && p.links <= 3 && p.forms <= 2
	}
	return true
}

// isShell tells whether what a visitor sees is drawn by scripts, so that what
// the page lacks may yet be shown: an empty mount point, next to no text
// beside scripts, a footer that a script writes.
func (p *pageParser) isShell() bool {
	s := &p.shell
	switch {
	case len(p.numbers) == 0 && (s.drawn || s.holds && s.scripts > 1 || s.stored && s.clones || (s.state || s.mounts) && s.scripts > 0):
		return true
	case s.scripts == 0 || len(p.out.frames) > 0 && p.text.runes == 0:
		return false
	case s.root && p.text.runes <= 100:
		return true
	case p.text.runes == 0 && p.images == 0:
		return true
	}
	if len(p.numbers) == 0 && p.text.runes <= 30 && s.covered >= 2*sparse/5 {
		return true // a curtain, which a script takes away
	}
	return p.text.runes <= 30 && p.images == 0 && len(p.numbers) == 0 && (s.bytes >= 200 || s.scripts > 1)
}
