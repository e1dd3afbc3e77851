package providers_test

import (
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"domaincheck"
	"domaincheck/providers"
)

func signs(t testing.TB) *providers.Signs {
	t.Helper()
	s, err := providers.DefaultSigns()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func header(kv ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(kv); i += 2 {
			if strings.EqualFold(kv[i], name) {
				return kv[i+1]
			}
		}
		return ""
	}
}

// says is what Page says in one line.
func says(b *domaincheck.Block, p *domaincheck.Parked) string {
	switch {
	case b != nil && p != nil:
		return "both"
	case b != nil:
		return strings.Replace("block "+string(b.Provider)+" "+b.Sign, "  ", " ", 1)
	case p != nil:
		return p.Kind + " " + p.Sign
	}
	return ""
}

func TestPage(t *testing.T) {
	s := signs(t)
	article := strings.Repeat("本文介绍网站备案的流程与注意事项，供站长参考。", 90)
	for name, c := range map[string]struct {
		view providers.View
		want string
	}{
		// Block pages.
		"aliyun title":           {providers.View{Status: 403, Title: "Non-compliance ICP Filing", Text: "…"}, "block aliyun title:Non-compliance ICP Filing"},
		"aliyun server":          {providers.View{Status: 403, Header: header("Server", "Beaver")}, "block aliyun header:Server: Beaver"},
		"aliyun frame":           {providers.View{Status: 403, Frames: []string{"https://errors.aliyun.com/beian/beian-block?id=123"}}, "block aliyun url:aliyun.com/beian/beian-block"},
		"tencent redirect":       {providers.View{Status: 200, Final: "https://dnspod.qcloud.com/static/webblock.html?d=example.cn", Text: strings.Repeat("长", 3000)}, "block tencent url:dnspod.qcloud.com/static/webblock.html"},
		"ucloud":                 {providers.View{Status: 200, Title: "无法访问", Text: "因该网站未进行备案或涉及发布违禁信息，\n违反工信部、公安部相关规定而无法访问。"}, "block ucloud body:因该网站未进行备案或涉及发布违禁信息，违反工信部、公安部相关规定而无法访问"},
		"carrier title":          {providers.View{Status: 200, Title: "TestPage非法阻断-184.11", Text: ""}, "block title:非法阻断"},
		"carrier body, short":    {providers.View{Status: 200, Text: "您访问的网站已被 非法阻断"}, "block title:非法阻断"},
		"carrier frame":          {providers.View{Status: 200, Frames: []string{"http://10.1.2.3:9080/error.html"}}, "block url:*:9080/error.html"},
		"carrier server":         {providers.View{Status: 403, Header: header("Server", "ADM/2.1.1")}, "block header:Server: ADM/2.1.1"},
		"idc text":               {providers.View{Status: 200, Text: "您的域名因未取得工信部网站备案号，按照工信部33号令屏蔽访问"}, "block body:您的域名因未取得工信部网站备案号，按照工信部33号令屏蔽访问"},
		"idc title":              {providers.View{Status: 200, Title: "该网站未备案等原因无法访问"}, "block title:未备案等原因无法访问"},
		"weak sign with refusal": {providers.View{Status: 200, Text: "该域名未备案，禁止访问。"}, "block body:域名未备案"},
		"full-width and blanks":  {providers.View{Status: 200, Text: "本 网 站 尚 未 进 行 备 案"}, "block body:本网站尚未进行备案"},
		"two weak signs":         {providers.View{Status: 200, Text: "网站未备案 备案号已注销"}, "block body:网站未备案"},
		"aliyun expired domain":  {providers.View{Status: 200, Text: "该域名已过期，不能正常访问，续费后可恢复使用"}, "block aliyun body:该域名已过期，不能正常访问，续费后可恢复使用"},
		// No block pages.
		"footer":                  {providers.View{Status: 200, Title: "示例科技", Text: "示例科技有限公司 京ICP备12345678号-1 京公网安备11010802020193号"}, ""},
		"agent, short":            {providers.View{Status: 200, Title: "备案服务", Text: "网站未备案怎么办？我们提供代备案服务，三天完成。电话 010-12345678"}, ""},
		"agent with strong words": {providers.View{Status: 200, Title: "备案代办", Text: "您的网站尚未进行备案？快速备案，备案流程咨询"}, ""},
		"one weak sign":           {providers.View{Status: 200, Text: "网站暂时无法访问，服务器维护中"}, ""},
		"unfiled without refusal": {providers.View{Status: 200, Text: "提示：域名未备案"}, ""},
		"article about blocks":    {providers.View{Status: 200, Title: "什么是非法阻断", Text: article + "网站未备案将无法访问", OwnLinks: 40}, ""},
		"long page with the text": {providers.View{Status: 200, Text: article + "因该网站未进行备案或涉及发布违禁信息，违反工信部、公安部相关规定而无法访问", OwnLinks: 2}, ""},
		"many links":              {providers.View{Status: 200, Text: "域名未备案，禁止访问", OwnLinks: 9}, ""},
		"captcha":                 {providers.View{Status: 403, Challenge: true, Title: "非法阻断", Header: header("Server", "Beaver")}, ""},
		"beaver serving a site":   {providers.View{Status: 200, Text: "欢迎", Header: header("Server", "Beaver")}, ""},
		"other port":              {providers.View{Status: 200, Final: "http://example.cn:9081/error.html"}, ""},
		"other path":              {providers.View{Status: 200, Final: "https://www.aliyun.com/beian/"}, ""},
		"look-alike host":         {providers.View{Status: 200, Final: "https://notaliyun.com/beian/beian-block"}, ""},
		"403 of a live server":    {providers.View{Status: 403, Title: "403 Forbidden", Text: "403 Forbidden nginx", Header: header("Server", "nginx")}, ""},
		"no header function":      {providers.View{Status: 403}, ""},
		// Parked and for sale.
		"redirect to market":    {providers.View{Host: "example.com", Final: "https://www.hugedomains.com/domain_profile.cfm?d=example", Text: strings.Repeat("x", 4000)}, "for_sale url:hugedomains.com"},
		"frame of a market":     {providers.View{Host: "example.com", Frames: []string{"https://sedo.com/search/details/?domain=example.com"}}, "for_sale url:sedo.com"},
		"two signs":             {providers.View{Title: "example.com", Text: "This domain is for sale! Make an offer on this domain."}, "for_sale body:this domain is for sale"},
		"title and text":        {providers.View{Title: "该域名正在出售", Text: "该域名正在出售 联系QQ 12345"}, "for_sale body:该域名正在出售"},
		"sign and its own name": {providers.View{Host: "www.example.com", Text: "example.com — Buy this domain"}, "for_sale body:buy this domain"},
		"chinese, two signs":    {providers.View{Text: "本域名出售，可议价转让"}, "for_sale body:本域名出售"},
		"generated page":        {providers.View{Text: "This page was generated by the domain owner using Sedo. 此页面由域名持有者生成"}, "parked body:this page was generated by the domain owner"},
		// Not parked.
		"one sign":               {providers.View{Text: "Buy this domain"}, ""},
		"one weak phrase":        {providers.View{Host: "example.cn", Text: "example.cn 域名转让服务"}, ""},
		"trading site":           {providers.View{Text: "域名出售 域名转让 域名求购", OwnLinks: 60}, ""},
		"market itself":          {providers.View{Host: "www.ename.net", Final: "https://www.ename.net/", Text: "域名交易"}, ""},
		"links to a market only": {providers.View{Host: "example.com", Final: "https://example.com/", Redirects: []string{"https://go.sedo.com/x"}}, ""},
		"script of a market":     {providers.View{Host: "example.com", Final: "https://example.com/", Scripts: []string{"https://sedo.com/ads.js"}, Text: "正文"}, ""},
		// Default pages.
		"nginx":                  {providers.View{Title: "Welcome to nginx!", Text: strings.Repeat("x", 700)}, "default title:Welcome to nginx!"},
		"apache":                 {providers.View{Title: "Apache2 Ubuntu Default Page: It works", Text: strings.Repeat("x", 3000)}, "default title:Apache2 Ubuntu Default Page"},
		"red hat":                {providers.View{Title: "Test Page for the Nginx HTTP Server on Fedora"}, "default title:Test Page for the"},
		"tomcat":                 {providers.View{Title: "Apache Tomcat/9.0.71", OwnLinks: 30}, "default title:Apache Tomcat"},
		"iis":                    {providers.View{Title: "IIS Windows Server"}, "default title:IIS Windows Server"},
		"panel":                  {providers.View{Title: "没有找到站点", Text: "您的请求在Web服务器中没有找到对应的站点！"}, "default body:没有找到站点"},
		"panel, created":         {providers.View{Title: "恭喜，站点创建成功！", Text: "这是默认index.html"}, "default body:站点创建成功"},
		"it works":               {providers.View{Text: "It works!"}, "default body:It works!"},
		"listing":                {providers.View{Title: "Index of /"}, "default title:Index of /"},
		"bare placeholder":       {providers.View{Text: "网站建设中 京ICP备12345678号"}, "default body:网站建设中"},
		"empty":                  {providers.View{Status: 200, Empty: true}, "empty no visible text"},
		"tomcat tutorial":        {providers.View{Title: "Apache Tomcat 教程", Text: "教程"}, ""},
		"it works in a sentence": {providers.View{Text: "Our product: It works! Really."}, ""},
		"placeholder in a site":  {providers.View{Text: "示例科技有限公司成立于2010年，主营工业软件。" + strings.Repeat("我们为客户提供优质服务。", 15) + "新品敬请期待", OwnLinks: 4}, ""},
		"mirror folder":          {providers.View{Title: "Index of /debian/pool", Text: "Parent Directory"}, ""},
		"nothing said":           {providers.View{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := says(s.Page(c.view)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestNamesSigns(t *testing.T) {
	s := signs(t)
	for name, c := range map[string]struct {
		view providers.NameView
		want string
	}{
		"offline CDN":      {providers.NameView{Domain: "example.cn", CNAME: []string{"www.example.cn.w.kunlunsl.com", "offline.kunlunsl.com."}}, "block aliyun cname:offline.*"},
		"own offline host": {providers.NameView{Domain: "example.cn", CNAME: []string{"offline.example.cn"}}, ""},
		"sink":             {providers.NameView{IPs: []netip.Addr{netip.MustParseAddr("182.43.124.6")}}, "block ip:182.43.124.6"},
		"sink, mapped":     {providers.NameView{IPs: []netip.Addr{netip.MustParseAddr("::ffff:183.252.183.9")}}, "block ip:183.252.183.9"},
		"sink, IPv6":       {providers.NameView{IPs: []netip.Addr{netip.MustParseAddr("2409:8034:3830:42::4")}}, "block ip:2409:8034:3830:42::4"},
		"parking":          {providers.NameView{NS: []string{"ns1.SedoParking.com.", "ns2.sedoparking.com"}}, "parked ns:sedoparking.com"},
		"expired":          {providers.NameView{NS: []string{"ns1.expirationwarning.net", "ns2.expirationwarning.net"}}, "parked ns:expirationwarning.net"},
		"unverified":       {providers.NameView{NS: []string{"failed-whois-verification.namecheap.com", "verify-contact-details.namecheap.com"}}, "parked ns:failed-whois-verification.namecheap.com"},
		"one of many":      {providers.NameView{NS: []string{"ns1.example.net", "ns2.example.net", "ns1.bodis.com"}}, ""},
		"weak":             {providers.NameView{NS: []string{"a.share-dns.gname.net", "b.gname.net"}}, ""},
		"look-alike":       {providers.NameView{NS: []string{"ns1.notdan.com", "ns2.notdan.com"}}, ""},
		"for-sale record":  {providers.NameView{ForSale: true}, "for_sale dns_txt:_for-sale"},
		"ordinary":         {providers.NameView{Domain: "example.cn", CNAME: []string{"x.kunlunsl.com"}, NS: []string{"dns1.hichina.com", "dns2.hichina.com"}, IPs: []netip.Addr{netip.MustParseAddr("47.110.0.1")}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := says(s.Names(c.view)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	if b, ok := s.Resets("tencent"); !ok || b.Provider != "tencent" {
		t.Error("Resets(tencent)")
	}
	if _, ok := s.Resets("ksyun"); ok {
		t.Error("Resets(ksyun)")
	}
}

// Every sign of the table that stands for itself is found where it stands.
func TestEverySignIsFound(t *testing.T) {
	s := signs(t)
	raw, err := os.ReadFile("block_pages.csv")
	if err != nil {
		t.Fatal(err)
	}
	f, err := domaincheck.ReadTable(strings.NewReader(string(raw)), domaincheck.TableSpec{Name: "block_pages.csv", Header: []string{"provider", "kind", "match_text_or_host", "sources", "confidence"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Rows) != 178 {
		t.Errorf("%d rows", len(f.Rows))
	}
	seen := 0
	for _, c := range f.Rows {
		where, text, _ := strings.Cut(c[2], ":")
		var b *domaincheck.Block
		var p *domaincheck.Parked
		switch where {
		case "body":
			body := text
			if c[4] == "low" && c[1] == "block" {
				body += " 禁止访问"
			}
			v := providers.View{Host: "example.org", Text: body}
			if c[1] == "parked" {
				v.Title = text
			}
			b, p = s.Page(v)
		case "title":
			b, p = s.Page(providers.View{Title: text})
		case "url":
			b, p = s.Page(providers.View{Host: "example.org", Final: "http://" + strings.Replace(text, "*", "192.0.2.1", 1)})
		case "header":
			name, value, _ := strings.Cut(text, ": ")
			b, p = s.Page(providers.View{Status: 403, Header: header(name, value)})
		case "ns":
			b, p = s.Names(providers.NameView{NS: []string{text}})
			if c[4] == "low" {
				continue
			}
		case "ip":
			b, p = s.Names(providers.NameView{IPs: []netip.Addr{netip.MustParseAddr(text)}})
		case "cname":
			b, p = s.Names(providers.NameView{CNAME: []string{strings.Replace(text, "*", "example.net", 1)}})
		case "dns_txt":
			b, p = s.Names(providers.NameView{ForSale: true})
		case "tls":
			b, _ = s.Resets(c[0])
		case "host":
			b, p = s.Page(providers.View{Status: 404, Host: strings.Replace(text, "*", "abc", 1)})
		default:
			t.Fatalf("place %q", where)
		}
		if (c[1] == "block") != (b != nil) || (c[1] != "block") != (p != nil) {
			t.Errorf("%s (%s): %q", c[2], c[1], says(b, p))
		}
		seen++
	}
	if seen != 177 {
		t.Errorf("%d signs tried", seen)
	}
}

func TestSignsRefuse(t *testing.T) {
	raw, err := os.ReadFile("block_pages.csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][2]string{
		"place":      {"header:Server: Beaver", "cookie:Beaver"},
		"no place":   {"header:Server: Beaver", "Beaver"},
		"header":     {"header:Server: Beaver", "header:Beaver"},
		"address":    {"ip:182.43.124.6", "ip:182.43.124"},
		"kind":       {"aliyun,block,header", "aliyun,blocked,header"},
		"confidence": {"mainland servers,high\naliyun,block,title", "mainland servers,sure\naliyun,block,title"},
		"doubled":    {"aliyun,block,title:Non-compliance ICP Filing", "aliyun,block,header:Server: Beaver"},
	} {
		next := strings.Replace(string(raw), c[0], c[1], 1)
		if next == string(raw) {
			t.Fatalf("%s: the text to change is not there", name)
		}
		if _, err := providers.LoadSigns(fstest.MapFS{"block_pages.csv": &fstest.MapFile{Data: []byte(next)}}); !errors.Is(err, domaincheck.CodeBadTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Page is given bytes of strangers: it ends, says one thing at most, says the
// same of the same page in full width and with blanks, and nothing of a wall.
func FuzzPage(f *testing.F) {
	s := signs(f)
	f.Fuzz(func(t *testing.T, title, text, link string, links int) {
		v := providers.View{Host: "example.cn", Status: 403, Title: title, Text: text, Final: link, Frames: []string{link}, OwnLinks: links, Header: header("Server", title)}
		b, p := s.Page(v)
		if b != nil && p != nil {
			t.Fatal("both a block page and parked")
		}
		if b != nil && b.Sign == "" || p != nil && (p.Sign == "" || p.Kind == "") {
			t.Fatalf("a verdict without its sign: %+v %+v", b, p)
		}
		v.Title, v.Text = " "+title+"\n", "\t"+text+"\u3000"
		v.Header = header("Server", title)
		b2, p2 := s.Page(v)
		if says(b, p) != says(b2, p2) {
			t.Fatalf("blanks change %q to %q", says(b, p), says(b2, p2))
		}
		v.Challenge = true
		if b, p := s.Page(v); b != nil || p != nil {
			t.Fatal("a wall is no sign")
		}
	})
}

func TestFuzzSeeds(t *testing.T) {
	for _, target := range []string{"FuzzPage", "FuzzPrefixes", "FuzzAttribute"} {
		if seeds, err := os.ReadDir("testdata/fuzz/" + target); err != nil || len(seeds) < 4 {
			t.Errorf("the seeds of %s are missing: %d, %v", target, len(seeds), err)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	s := signs(b)
	v := providers.View{Host: "www.example.cn", Status: 200, Title: "示例科技有限公司", Text: strings.Repeat("示例科技有限公司提供优质服务。", 120), OwnLinks: 30, Final: "https://www.example.cn/",
		Scripts: []string{"https://www.example.cn/a.js", "https://cdn.example.net/b.js", "https://hm.example.com/c.js"}}
	b.ReportAllocs()
	for b.Loop() {
		s.Page(v)
	}
}
