package sitecheck_test

import (
	"fmt"
	"strings"
	"testing"

	"domaincheck/sitecheck"
)

// samplePage is an ordinary home page of about n bytes with a footer.
func samplePage(n int) string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>示例科技 - 首页</title>
<link rel="stylesheet" href="/css/main.css"><style>.hide{display:none}.nav li{float:left}</style><script src="/js/jquery.min.js"></script></head><body>
<div class="header"><a class="logo" href="/"><img src="/img/logo.png" alt="示例科技"></a><ul class="nav">`)
	for i := range 8 {
		fmt.Fprintf(&b, `<li><a href="/list/%d.html" title="栏目">栏目%d</a></li>`, i, i)
	}
	b.WriteString("</ul></div><div class=\"main\">")
	for i := 0; b.Len() < n-700; i++ {
		fmt.Fprintf(&b, `<div class="item item-%d"><a href="/news/%d.html"><img src="/upload/%d.jpg" alt="图片"></a><h3>新闻标题第%d条</h3><p>我们为客户提供专业的互联网服务，设备齐全，准备充分，欢迎来电咨询。&nbsp;<span>2024-01-%02d</span></p></div>
`, i%7, i, i, i, i%28+1)
	}
	b.WriteString(`</div><div class="footer"><p>Copyright &copy; 2005-2024 北京示例科技有限公司 版权所有</p><p><a href="https://beian.miit.gov.cn/" target="_blank">京ICP备05032038号-1</a>
<a href="http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=11010802020193"><img src="/img/ghs.png">京公网安备 11010802020193号</a> B2-20080101</p></div>
<script>var _hmt=_hmt||[];(function(){var hm=document.createElement("script");hm.src="https://hm.baidu.com/hm.js?x";})();</script></body></html>`)
	return b.String()
}

func BenchmarkParse(b *testing.B) {
	for _, size := range []int{20_000, 1_000_000} {
		text := samplePage(size)
		for name, body := range map[string]string{"utf-8": text, "gb18030": inGB(b, text)} {
			b.Run(fmt.Sprintf("%s/%dKB", name, size/1000), func(b *testing.B) {
				opt := sitecheck.ParseOptions{URL: "https://www.example.cn/", ContentType: "text/html"}
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				defer cpu(b)()
				for b.Loop() {
					if page := sitecheck.Parse(strings.NewReader(body), opt); len(page.RecordNumbers) != 1 {
						b.Fatalf("%d numbers", len(page.RecordNumbers))
					}
				}
			})
		}
	}
}
