package sitecheck_test

import (
	"strings"
	"testing"

	"domaincheck/providers"
	"domaincheck/sitecheck"
)

// TestShell tells pages that scripts draw, and walls, from pages that are
// merely short.
func TestShell(t *testing.T) {
	t.Parallel()
	const bundle = `<script src="/static/js/app.3f2a.js"></script>`
	long := strings.Repeat("<p>我们提供专业的服务，欢迎咨询。</p>", 20)
	rows := []struct {
		name, markup string
		shell, wall  bool
	}{
		{"vue", `<body><div id="app"></div>` + bundle, true, false},
		{"vue, loading", `<body><div id="app"><p>加载中，请稍候…</p></div>` + bundle, true, false},
		{"react, noscript", `<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div>` + bundle, true, false},
		{"next, drawn on the server", `<div id="__next">` + long + `</div>` + bundle, false, false},
		{"no mount point, no text", `<body>` + bundle, true, false},
		{"ordinary", `<body>` + long + bundle, false, false},
		{"counter only", `<body><p>网站建设中</p><script>var _hmt=[];(function(){var hm=document.createElement("script");hm.src="https://hm.baidu.com/hm.js?1";})();</script>`, false, false},
		{"no script", `<body><p>网站建设中</p>`, false, false},
		{"footer by script", `<body>` + long + `<script>document.write('<a href="https://beian.miit.gov.cn">京ICP备05032038号</a>')</script>`, true, false},
		{"footer by script file", `<body>` + long + `<script src="/js/footer.js"></script>`, true, false},
		{"footer by script, number there too", `<body>` + long + `<p>京ICP备05032038号</p><script src="/js/footer.js"></script>`, false, false},
		{"json and template", `<body><p>网站建设中</p><script type="application/json">{"a":"innerHTML 备案"}</script><script type="text/html"><p>x</p></script>`, false, false},
		{"number in the state", `<div id="app">` + long + `</div><script>window.__NUXT__={icp:"京ICP备05032038号"}</script>` + bundle, true, false},
		{"number in the state, escaped", `<div id="app">` + long + `</div><script>window.__S__={"icp":"\u4eacICP\u59072021032038\u53f7-1"}</script>` + bundle, true, false},
		{"number in the state and on the page", `<div id="app">` + long + `京ICP备05032038号</div><script>window.__NUXT__={icp:"京ICP备05032038号"}</script>` + bundle, false, false},
		{"number in data", `<div id="__next">` + long + `</div><script id="__NEXT_DATA__" type="application/json">{"icp":"京ICP备05032038号"}</script>` + bundle, true, false},
		{"number in data that no script reads", `<body>` + long + `<script type="application/json">{"icp":"京ICP备05032038号"}</script>`, false, false},
		{"number in a script that no other reads", `<body>` + long + `<script>var a="京ICP备05032038号"</script>`, false, false},
		{"no number in data", `<div id="__next">` + long + `</div><script type="application/json">{"icp":"ICP备案号"}</script>` + bundle, false, false},
		{"splash picture", `<body><a href="/index.html"><img src="in.jpg"></a><script>var a=1;</script>`, false, false},
		{"cloudflare", `<title>Just a moment...</title><body><p>Checking your browser</p><script>window._cf_chl_opt={};</script>`, false, true},
		{"slider", `<title>安全验证</title><body><div>请完成安全验证</div><script src="/captcha.js"></script>`, false, true},
		{"cookie script", `<script>document.cookie="__jsl_clearance=1";location.href=location.pathname</script>`, false, true},
		{"firewall", `<title>访问被拦截</title><p>您的请求可能对网站造成安全威胁，已被拦截</p>`, false, true},
		{"log-in with captcha", `<title>登录</title>` + long + `<p>安全验证</p><input name=captcha><script src="https://x/TCaptcha.js"></script>`, false, false},
		{"article on captchas", `<title>人机验证原理</title>` + strings.Repeat(long, 3), false, false},
	}
	for _, row := range rows {
		page := sitecheck.Parse(strings.NewReader(`<meta charset=utf-8>`+row.markup), sitecheck.ParseOptions{URL: "https://www.example.cn/"})
		if page.ScriptShell != row.shell || (page.Challenge != "") != row.wall {
			t.Errorf("%s: shell %v, challenge %q", row.name, page.ScriptShell, page.Challenge)
		}
	}
}

// TestSigns: block and parked pages are told through the signs of providers,
// and no page that merely speaks of filing is one.
func TestSigns(t *testing.T) {
	t.Parallel()
	signs, err := providers.DefaultSigns()
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct{ name, markup, block, parked string }{
		{"aliyun", `<title>Non-compliance ICP Filing</title><p>Sorry</p>`, "aliyun", ""},
		{"ucloud", `<title>无法访问</title><p>因该网站未进行备案或涉及发布违禁信息，违反工信部、公安部相关规定而无法访问。</p><p>请到UCloud备案系统进行操作</p>`, "ucloud", ""},
		{"split over tags", `<title>x</title><p>因该网站<b>未进行备案</b>或涉及发布违禁信息，违反工信部、公安部相关规定而<i>无法访问</i></p>`, "ucloud", ""},
		{"hidden refusal", `<title>示例</title><p>示例网站</p><div style="display:none">因该网站未进行备案或涉及发布违禁信息，违反工信部、公安部相关规定而无法访问</div>`, "", ""},
		{"agency", `<title>ICP备案代办</title>` + strings.Repeat(`<p>未备案的网站会被阻断，请尽快办理备案。<a href="/a">详情</a></p>`, 20), "", ""},
		{"footer", `<title>示例</title><p>示例网站</p><a href="https://beian.miit.gov.cn">京ICP备05032038号-1</a>`, "", ""},
		{"nginx", `<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed and working. Further configuration is required.</p>`, "", "default"},
		{"empty", `<html><body></body></html>`, "", "empty"},
	}
	for _, row := range rows {
		page := sitecheck.Parse(strings.NewReader(`<meta charset=utf-8>`+row.markup), sitecheck.ParseOptions{URL: "http://www.example.cn/", Signs: signs, Status: 200})
		block, parked := "", ""
		if page.Block != nil {
			block = string(page.Block.Provider)
		}
		if page.Parked != nil {
			parked = page.Parked.Kind
		}
		if block != row.block || parked != row.parked {
			t.Errorf("%s: block %q, parked %q; want %q, %q", row.name, block, parked, row.block, row.parked)
		}
	}
}

// TestNames: title, headings and names of the site.
func TestNames(t *testing.T) {
	t.Parallel()
	page := sitecheck.Parse(strings.NewReader(`<head><meta charset="utf-8"><title>
	示例科技 &amp; 伙伴
	- 首页</title><meta property="og:site_name" content="示例科技"><meta name="application-name" content="示例应用"></head>
	<body><div class="top-logo"><a href="/">示例科技官网</a></div><img src="/img/logo.png" alt="示例标志"><div class="catalogo">目录</div>
	<h1>欢迎来到<span>示例</span></h1><h1><img src="h.png" alt="图片标题"></h1><h1 style="display:none">隐藏</h1><h2>二级</h2>`), sitecheck.ParseOptions{})
	if page.Title != "示例科技 & 伙伴 - 首页" {
		t.Errorf("title %q", page.Title)
	}
	if got := strings.Join(page.H1, "|"); got != "欢迎来到示例|图片标题" {
		t.Errorf("h1 %q", got)
	}
	if got := strings.Join(page.SiteNames, "|"); got != "示例科技|示例应用|示例科技官网|示例标志" {
		t.Errorf("site names %q", got)
	}
}
