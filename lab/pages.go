package lab

import (
	"fmt"
	"html"
	"strings"
)

// bodyKind is what kind of page is served.
type bodyKind int

const (
	bodySite bodyKind = iota
	bodyAgent
	bodyFrames
	bodyRefresh
	bodyShell
	bodyError
	bodyBlockAliyun
	bodyBlockUCloud
	bodyBlockCarrier
	bodyParked
	bodyForSale
	bodyNginx
	bodyPanel
	bodyCaptcha
	bodyWAF
)

// status is the HTTP status that belongs to the page; 0 for the plan's own.
func (b bodyKind) status() int {
	switch b {
	case bodyBlockAliyun, bodyBlockCarrier:
		return 403
	case bodyWAF:
		return 405
	}
	return 0
}

func (b bodyKind) headers() map[string]string {
	switch b {
	case bodyBlockAliyun:
		return map[string]string{"Server": "Beaver"}
	case bodyBlockCarrier:
		return map[string]string{"Server": "ADM/2.1.1"}
	case bodyNginx:
		return map[string]string{"Server": "nginx/1.24.0"}
	}
	return nil
}

// footerStyle is how the record number stands in the page.
type footerStyle int

const (
	footPlain footerStyle = iota
	footEntities
	footFullWidth
	footTraditional
	footZeroWidth
	footDigitsLinked
	footAllLinked
	footNone
	footComment
	footScript
	footHidden
	footTooltip
	footJoke
	footPlaceholder
)

// footer is the line with the record number.
type footer struct {
	number string
	link   string // "" not linked
	style  footerStyle
}

const (
	linkMIIT   = "https://beian.miit.gov.cn/"
	linkPolice = "https://beian.mps.gov.cn/#/query/webSearch?code="
)

// page is a healthy page for the plan.
func (p *plan) page(d *dice) web {
	w := web{status: 200, footer: footer{number: p.shown(), link: linkMIIT}, police: true, declared: "utf-8",
		title: string(p.site.Name) + " - 首页", h1: string(p.site.Name), copyright: string(p.site.Subject.Name)}
	if d.n(3) == 0 {
		w.http = serveToTLS
	}
	if d.n(2) == 0 {
		w.footer.link = "https://beian.miit.gov.cn/#/Integrated/index"
	}
	return w
}

// line is the footer's HTML.
func (f footer) line() string {
	number := html.EscapeString(f.number)
	anchored := func(text string) string {
		if f.link == "" {
			return text
		}
		return fmt.Sprintf(`<a href="%s" target="_blank" rel="nofollow">%s</a>`, html.EscapeString(f.link), text)
	}
	switch f.style {
	case footEntities:
		first, rest, _ := strings.Cut(number, "ICP备")
		return anchored(first + "I<b>CP</b>&#22791; &nbsp;<span>" + rest[:4] + "</span>" + strings.Replace(rest[4:], "号", "&#x53f7;", 1))
	case footFullWidth:
		return anchored(fullWidth(number))
	case footTraditional:
		return anchored(strings.NewReplacer("备", "備", "号", "號").Replace(number))
	case footZeroWidth:
		return anchored(strings.NewReplacer("ICP", "I\u200bC\u200bP", "号", "\ufeff号").Replace(number))
	case footDigitsLinked:
		first, rest, _ := strings.Cut(number, "备")
		return first + "备" + anchored(rest)
	case footAllLinked:
		return anchored("版权所有 备案号：" + number + " 技术支持：示例")
	case footNone:
		return ""
	case footComment:
		return "<!-- " + anchored(number) + " -->"
	case footScript:
		return `<script type="application/json">{"beian":"` + number + `"}</script><template>` + anchored(number) + `</template>`
	case footHidden:
		return `<div style="display:none">` + anchored(number) + `</div><span hidden>` + anchored(number) + `</span>`
	case footTooltip:
		return `<img src="/beian.png" alt="" title="` + number + `">`
	case footJoke:
		return `<a href="https://icp.gov.moe/">萌ICP备20200817号</a>`
	case footPlaceholder:
		return anchored("京ICP备XXXXXXXX号-1") + " " + anchored("粤ICP备12345号")
	}
	return anchored(number)
}

// fullWidth turns ASCII letters, digits and the dash into full-width forms.
func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r == '-' {
			return r - '!' + '！'
		}
		return r
	}, s)
}

const tencentBlock = `<!DOCTYPE html><html><head><meta charset="utf-8"><title>网站暂时无法访问</title></head><body><h2>网站暂时无法访问</h2><p>该网站未根据工信部相关法律法规进行备案。</p></body></html>`

// html is the page at a path.
func (p *plan) html(path string) string {
	switch p.web.body {
	case bodyFrames:
		switch path {
		case "/top.html":
			return p.document("<h1>" + p.web.h1 + "</h1>")
		case "/main.html":
			return p.document(p.article() + p.foot())
		}
		return "<!DOCTYPE html><html><head>" + p.head() + `</head><frameset rows="80,*"><frame src="top.html"><frame src="main.html"></frameset></html>`
	case bodyRefresh:
		if path != "/home/" {
			return "<!DOCTYPE html><html><head>" + p.head() + `<meta http-equiv="refresh" content="0; url=home/"></head><body></body></html>`
		}
	case bodyShell:
		return p.shell()
	case bodySite:
	default:
		return p.stranger()
	}
	if p.web.body == bodyAgent {
		return p.stranger()
	}
	return p.document("<h1>" + p.web.h1 + "</h1>" + p.article() + p.foot())
}

func (p *plan) head() string {
	meta := ""
	if p.web.meta != "" {
		meta = `<meta charset="` + p.web.meta + `">`
	}
	return meta + "<title>" + html.EscapeString(p.web.title) + `</title><meta name="viewport" content="width=device-width">`
}

func (p *plan) document(body string) string {
	return "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head>" + p.head() + "</head>\n<body>" + body + "</body></html>\n"
}

// article is the page's content: harmless words, and what the story adds.
func (p *plan) article() string {
	var b strings.Builder
	b.WriteString(`<nav><a href="/">首页</a> <a href="/about">关于我们</a> <a href="/contact">联系我们</a> <a href="/join">加入我们</a> <a href="/news">动态</a> <a href="/case">案例</a></nav>`)
	b.WriteString("<main><p>我们位于" + p.province.city + "，为周边单位提供设备维护与技术咨询，欢迎来电了解。</p><ul>")
	for _, item := range []string{"设备维护", "现场勘察", "技术咨询", "图纸整理", "人员培养", "资料下载"} {
		b.WriteString("<li>" + item + "：由经验丰富的工程师负责，按约定时间到场，完工后提交书面记录并长期保存。</li>")
	}
	b.WriteString("</ul>")
	if p.web.partner {
		b.WriteString(`<p>友情链接：<a href="https://www.partner.lab-dns.net/">示例伙伴</a>（备案号 ` + p.otherNumber() + `）</p>`)
	}
	if p.web.shop {
		b.WriteString(`<section><h2>商品列表</h2><div class="price">￥199.00 <button>加入购物车</button></div><div class="price">￥299.00 <button>立即购买</button></div><a href="/cart">购物车</a> <a href="/checkout">去结算</a> <a href="/order">我的订单</a> 支持支付宝、微信支付，满99元包邮，七天无理由退货</section>`)
	}
	b.WriteString("</main>")
	return b.String()
}

// foot is the page's footer.
func (p *plan) foot() string {
	var b strings.Builder
	b.WriteString("<footer>")
	if p.web.copyright != "" {
		fmt.Fprintf(&b, "<p>Copyright © 2020-%d %s 版权所有</p>", p.today.Year, html.EscapeString(p.web.copyright))
	}
	b.WriteString("<p>" + p.web.footer.line() + "</p>")
	if p.web.police {
		number := p.police()
		code := strings.TrimSuffix(number[strings.Index(number, "备")+len("备"):], "号")
		fmt.Fprintf(&b, `<p><img src="/police.png" alt=""><a href="%s%s" target="_blank">%s</a></p>`, linkPolice, code, number)
	}
	b.WriteString("</footer>")
	return b.String()
}

// shell is an application that a script fills in. The numbers are put together
// at run time, so that they stand nowhere in the source.
func (p *plan) shell() string {
	number := p.web.footer.number
	cut := strings.Index(number, "ICP")
	links := shellLink("https://beian.miit.gov.cn/", number[:cut+1], number[cut+1:])
	if p.web.police {
		police := p.police()
		cut := strings.Index(police, "网安备")
		links += shellLink(linkPolice+strings.TrimSuffix(police[cut+len("网安备"):], "号"), police[:cut], police[cut:])
	}
	return "<!DOCTYPE html><html><head>" + p.head() + `</head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id="app"></div><script>
(function () {
  var root = document.getElementById("app"), link;
  var heading = document.createElement("h1");
  heading.textContent = ` + fmt.Sprintf("%q", p.web.h1) + `;
  root.appendChild(heading);` + links + `
})();
</script></body></html>`
}

// shellLink is the script that adds a link with a text of two halves.
func shellLink(to, first, second string) string {
	scheme, rest, _ := strings.Cut(to, "://")
	return fmt.Sprintf(`
  link = document.createElement("a");
  link.href = [%q, %q].join("://");
  link.textContent = %q + %q;
  root.appendChild(link);`, scheme, rest, first, second)
}

// stranger is a page that is not the site's own.
func (p *plan) stranger() string {
	simple := func(title, body string) string {
		return "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>" + title + "</title></head><body>" + body + "</body></html>"
	}
	switch p.web.body {
	case bodyAgent:
		return p.document("<h1>" + p.web.h1 + "</h1>" + strings.Repeat("<p>网站未备案怎么办？域名未备案会被阻断访问；备案号已注销的，应重新提交。尚未进行备案的网站请联系我们的顾问，我们在"+p.province.city+"代办网站备案，流程清楚，材料齐全，通常二十个工作日内完成审核。</p>", 12) + p.article() + p.foot())
	case bodyBlockAliyun:
		return simple("Non-compliance ICP Filing", `<iframe src="https://aliyun.com/beian/beian-block?id=`+p.label+`" width="100%" height="900"></iframe>`)
	case bodyBlockUCloud:
		return simple("无法访问", "<h1>无法访问</h1><p>因该网站未进行备案或涉及发布违禁信息，违反工信部、公安部相关规定而无法访问。</p><p>如您是网站管理员，请到UCloud备案系统进行操作。</p>")
	case bodyBlockCarrier:
		return simple("TestPage非法阻断184", `<iframe src="http://114.115.192.246:9080/error.html" width="100%" height="100%"></iframe>`)
	case bodyParked:
		return simple(p.domain, `<h1>`+p.domain+`</h1><p>域名停放 - 此页面由域名持有者生成</p><p>This page was generated by the domain owner using Sedo Domain Parking. Buy this domain.</p><a href="https://www.sedo.com/search/details/?domain=`+p.domain+`">sedo.com</a>`)
	case bodyForSale:
		return simple(p.domain+" 域名出售", `<h1>`+p.domain+`</h1><p>该域名待售，可议价转让。This domain is for sale. Make an offer on this domain.</p>`)
	case bodyNginx:
		return simple("Welcome to nginx!", "<h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed and working. Further configuration is required.</p><p><em>Thank you for using nginx.</em></p>")
	case bodyPanel:
		return simple("没有找到站点", "<h1>没有找到站点</h1><p>您的请求在Web服务器中没有找到对应的站点！</p><ul><li>您没有将此域名或IP绑定到对应站点!</li><li>配置文件未生效!</li></ul>")
	case bodyCaptcha:
		return simple("安全验证", `<h1>安全验证</h1><p>请完成下方验证后继续访问</p><div id="captcha" class="g-recaptcha" data-sitekey="x"></div><div class="geetest_captcha"></div><script src="https://challenges.cloudflare.com/turnstile/v0/api.js"></script>`)
	case bodyWAF:
		return simple("405", `<h1>405</h1><p>很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</p><p>您的请求ID是: 7b3f1a2c00000000</p>`)
	}
	return simple(fmt.Sprintf("%d", p.web.status), fmt.Sprintf("<h1>%d</h1><hr>nginx", p.web.status))
}
