package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"domaincheck/providers"
	"domaincheck/sitecheck"
)

// host is the site of the benchmark.
const host = "bench.example"

// homePage is an ordinary home page of 20 KB: style sheet, menu, banner, lists
// of products and news, inline scripts, footer; some 900 tags.
func homePage() string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>示例机械设备有限公司 - 专业的输送设备制造商</title><meta name="keywords" content="输送机,提升机"><link rel="stylesheet" href="/css/main.css?v=3">
<style>body{margin:0;font:14px/1.6 "Microsoft YaHei"}.nav li{float:left;display:inline}.nav a:hover{color:#c00}.hide,.mask{display:none}#top .tel{font-size:18px;color:#c00}.pro li{width:25%;float:left}.pro img{width:100%;border:0}.clear{clear:both;height:0;overflow:hidden}@media (max-width:768px){.pc{display:none}}</style>
<script src="/js/jquery.min.js"></script><!--[if lt IE 9]><script src="/js/html5.js"></script><![endif]--></head>
<body><div id="top" class="pc"><div class="wrap"><a class="logo" href="/"><img src="/img/logo.png" alt="示例机械"></a><p class="tel">服务热线：<b>400-000-0000</b></p></div></div>
<ul class="nav clearfix">`)
	for _, item := range []string{"网站首页", "关于我们", "产品中心", "新闻动态", "工程案例", "资质荣誉", "在线留言", "联系我们"} {
		fmt.Fprintf(&b, `<li><a href="/page/%d.html" title="%s">%s</a></li>`, len(item), item, item)
	}
	b.WriteString("</ul>\n<div class=\"banner\"><ul class=\"slides\">")
	for i := range 4 {
		fmt.Fprintf(&b, `<li style="background:url(/img/banner%d.jpg) center no-repeat"><a href="javascript:;" rel="nofollow"></a></li>`, i)
	}
	b.WriteString("</ul></div>\n<div class=\"wrap main\"><ul class=\"pro clearfix\">\n")
	for i := range 36 {
		fmt.Fprintf(&b, `<li class="item"><a href="/product/%d.html" target="_blank"><img src="/upload/2026/%02d.jpg" alt="带式输送机%d型" width="240" height="180"></a><h3><a href="/product/%d.html">带式输送机%d型</a></h3><p>运行平稳，噪音小，&nbsp;便于维护</p></li>`+"\n", i, i, i, i, i)
	}
	b.WriteString("</ul><div class=\"news\"><h2>新闻动态 <span>News</span><a class=\"more\" href=\"/news/\">更多&gt;&gt;</a></h2><ul>\n")
	for i := 0; b.Len() < 18_200; i++ {
		fmt.Fprintf(&b, `<li><span class="date">2026-%02d-%02d</span><a href="/news/%d.html" title="设备安装前的准备工作与注意事项">设备安装前的准备工作与注意事项</a></li>`+"\n", i%12+1, i%28+1, i)
	}
	b.WriteString(`</ul></div></div>
<div class="footer"><div class="wrap"><p>友情链接：<a href="https://www.example.com/" target="_blank">示例网</a> | <a href="https://www.example.org/">行业网</a></p>
<p>Copyright &copy; 2008-2026 示例机械设备有限公司 版权所有&nbsp;&nbsp;地址：某省某市某区工业路8号</p>
<p><a href="https://beian.miit.gov.cn/" target="_blank" rel="nofollow">京ICP备12345678号-1</a>&nbsp;<a target="_blank" href="https://beian.mps.gov.cn/#/query/webSearch?code=11010802020193"><img src="/img/ghs.png">京公网安备11010802020193号</a></p></div></div>
<script>`)
	b.WriteString(`$(function(){$(".slides").slide({mainCell:"ul",autoPlay:true,interTime:5000});if($(window).width()<769){$(".pc").hide();}`)
	for i := 0; b.Len() < 20_400; i++ {
		fmt.Fprintf(&b, `$("#item%d").on("click",function(){$(this).addClass("on").siblings().removeClass("on");});`, i)
	}
	b.WriteString("});</script>\n<script>var _hmt=_hmt||[];(function(){var hm=document.createElement(\"script\");hm.src=\"https://hm.baidu.com/hm.js?0\";})();</script></body></html>\n")
	return b.String()
}

// finder parses the page from memory, over and over, in one thread, and prints
// megabytes a second.
func finder(stdout io.Writer) error {
	text := homePage()
	signs, err := providers.DefaultSigns()
	if err != nil {
		return err
	}
	opt := sitecheck.ParseOptions{URL: "http://" + host + "/", ContentType: "text/html; charset=utf-8", Signs: signs}
	began, n := time.Now(), 0
	for ; n < 100 || time.Since(began) < 2*time.Second; n++ {
		if page := sitecheck.Parse(strings.NewReader(text), opt); len(page.RecordNumbers) != 1 || len(page.PoliceNumbers) != 1 {
			return fmt.Errorf("%d numbers", len(page.RecordNumbers))
		}
	}
	_, err = fmt.Fprintf(stdout, "%.0f\n", float64(n)*float64(len(text))/1e6/time.Since(began).Seconds())
	return err
}

// writeSite writes page, certificates and settings of the server.
func writeSite(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "www"), 0o755); err != nil {
		return err
	}
	files := map[string]string{"www/index.html": homePage(), "nginx.conf": strings.ReplaceAll(nginxConf, "DIR", dir)}
	if err := certificates(files); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// certificates makes an authority and the server's certificate.
func certificates(files map[string]string) error {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	from := time.Now().Add(-time.Hour)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench authority"}, NotBefore: from, NotAfter: from.AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host, "*.cn"}, // bench/check looks at d000001.cn and so on
		NotBefore: from, NotAfter: from.AddDate(0, 6, 0), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	for name, block := range map[string]*pem.Block{"ca.pem": {Type: "CERTIFICATE", Bytes: caDER}, "site.pem": {Type: "CERTIFICATE", Bytes: leafDER}, "site.key": {Type: "PRIVATE KEY", Bytes: keyDER}} {
		files[name] = string(pem.EncodeToMemory(block))
	}
	return nil
}

const nginxConf = `daemon off;
pid DIR/nginx.pid;
error_log DIR/error.log warn;
worker_processes 2;
events { worker_connections 4096; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	types { text/html html; }
	charset utf-8;
	client_body_temp_path DIR/t1; proxy_temp_path DIR/t2; fastcgi_temp_path DIR/t3; uwsgi_temp_path DIR/t4; scgi_temp_path DIR/t5;
	server {
		listen 127.0.0.1:18480 backlog=4096;
		listen 127.0.0.1:18443 ssl backlog=4096;
		ssl_protocols TLSv1.2 TLSv1.3;
		ssl_certificate DIR/site.pem;
		ssl_certificate_key DIR/site.key;
		root DIR/www;
	}
}
`
