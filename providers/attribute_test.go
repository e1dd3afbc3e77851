package providers_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/providers"
)

func load(t testing.TB) *providers.Table {
	t.Helper()
	table, err := providers.Default()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// show is an address in one line: country, place, provider, sources, kind.
func show(a domaincheck.Address) string {
	place := "?"
	if a.Mainland != nil {
		place = map[bool]string{true: "mainland", false: "abroad"}[*a.Mainland]
	}
	s := fmt.Sprintf("%s %s %s %s/%s %s", a.Country, place, a.Provider, a.By, a.LocatedBy, a.Kind)
	if a.CDN {
		s += " cdn"
	}
	return strings.Join(strings.Fields(s), " ")
}

// The addresses are those that providers publish or are known by: resolvers,
// documentation examples, registered blocks.
func TestAttributeAddresses(t *testing.T) {
	table := load(t)
	for _, c := range []struct{ ip, want string }{
		// Alibaba: the mainland AS against country sets that say SG; the mixed AS by country.
		{"47.110.0.1", "CN mainland aliyun asn/asn"},
		{"47.96.0.1", "CN mainland aliyun asn/asn"},
		{"8.130.0.1", "CN mainland aliyun asn/asn"},
		{"8.134.0.1", "CN mainland aliyun asn/asn"},
		{"8.140.0.1", "CN mainland aliyun asn/asn"},
		{"39.96.0.1", "CN mainland aliyun asn/asn"},
		{"120.24.0.1", "CN mainland aliyun asn/asn"},
		{"121.40.0.1", "CN mainland aliyun asn/asn"},
		{"101.132.0.1", "CN mainland aliyun asn/asn"},
		{"106.14.0.1", "CN mainland aliyun asn/asn"},
		{"223.5.5.5", "CN mainland aliyun asn/country"},
		{"223.6.6.6", "CN mainland aliyun asn/country"},
		{"47.124.0.0", "CN mainland aliyun asn/asn"},
		{"47.126.3.4", "CN mainland aliyun asn/asn"},
		{"47.127.255.255", "CN mainland aliyun asn/asn"},
		{"8.210.0.1", "HK abroad aliyun asn/country"},
		{"8.208.0.1", "SG abroad aliyun asn/country"},
		{"161.117.0.1", "SG abroad aliyun asn/country"},
		{"47.88.0.1", "US abroad aliyun asn/country"},
		// Tencent.
		{"43.136.0.1", "CN mainland tencent asn/asn"},
		{"1.12.0.1", "CN mainland tencent asn/asn"},
		{"42.192.0.1", "CN mainland tencent asn/asn"},
		{"81.68.0.1", "CN mainland tencent asn/asn"},
		{"101.42.0.1", "CN mainland tencent asn/asn"},
		{"119.28.0.1", "HK abroad tencent asn/asn"},
		{"43.154.0.1", "HK abroad tencent asn/asn"},
		{"129.226.0.1", "SG abroad tencent asn/asn"},
		{"150.109.0.1", "SG abroad tencent asn/asn"},
		{"119.29.29.29", "CN mainland tencent asn/asn"},
		{"119.29.30.1", "CN mainland tencent asn/asn"},
		{"182.254.116.116", "CN mainland tencent asn/asn"},
		{"2402:4e00::", "CN mainland tencent asn/asn"},
		{"2402:4e00:1020:1404:0:9227:71a3:83d2", "CN mainland tencent asn/asn"},
		{"114.114.114.114", "CN mainland asn/asn"},
		// Huawei, Baidu and the other clouds.
		{"121.36.0.1", "CN mainland huawei asn/asn"},
		{"139.9.0.1", "CN mainland huawei asn/asn"},
		{"119.3.0.1", "CN mainland huawei asn/asn"},
		{"159.138.0.1", "HK abroad huawei asn/asn"},
		{"106.12.0.1", "CN mainland baidu asn/asn"},
		{"182.61.0.1", "CN mainland baidu asn/asn"},
		{"180.76.76.76", "CN mainland baidu asn/country"},
		{"103.235.46.40", "HK abroad baidu asn/country"},
		{"119.63.197.1", "JP abroad baidu asn/asn"},
		{"152.32.128.1", "HK abroad ucloud asn/asn"},
		{"110.43.0.1", "CN mainland ksyun asn/asn"},
		{"120.92.0.1", "CN mainland ksyun asn/asn"},
		{"180.184.0.1", "CN mainland volcengine asn/asn"},
		{"101.126.0.1", "CN mainland volcengine asn/asn"},
		{"101.47.0.1", "SG abroad volcengine asn/asn"},
		{"139.198.0.1", "CN mainland qingcloud asn/asn"},
		{"59.111.160.1", "CN mainland netease asn/asn"},
		{"103.126.92.1", "HK abroad netease asn/asn"},
		{"52.82.0.1", "CN mainland aws_china asn/asn"},
		{"161.189.0.1", "CN mainland aws_china asn/asn"},
		{"54.222.0.1", "CN mainland aws_china asn/asn"},
		{"52.80.0.1", "CN mainland aws_china asn/asn"},
		{"40.73.0.1", "CN mainland azure_china asn/asn"},
		{"42.159.4.1", "CN mainland azure_china asn/asn"},
		{"139.217.0.1", "CN mainland azure_china asn/asn"},
		// Carriers: in the mainland, provider not to be told.
		{"202.96.209.133", "CN mainland asn/asn carrier"},
		{"117.50.10.10", "CN mainland asn/asn carrier"},
		{"101.226.4.6", "CN mainland asn/asn carrier"},
		{"36.111.0.1", "CN mainland asn/asn carrier"},
		{"202.106.0.20", "CN mainland asn/asn carrier"},
		{"110.242.68.66", "CN mainland asn/asn carrier"},
		{"123.125.81.6", "CN mainland asn/asn carrier"},
		{"221.130.33.52", "CN mainland asn/asn carrier"},
		{"211.136.192.6", "CN mainland asn/asn carrier"},
		{"39.156.66.10", "CN mainland asn/asn carrier"},
		{"166.111.4.100", "CN mainland asn/asn carrier"},
		{"159.226.8.6", "CN mainland asn/asn carrier"},
		// Foreign CDNs and clouds.
		{"104.16.0.1", "US abroad cloudflare asn/asn cdn cdn"},
		{"172.67.0.1", "US abroad cloudflare asn/asn cdn cdn"},
		{"151.101.1.69", "US abroad fastly asn/asn cdn cdn"},
		{"13.32.0.1", "US abroad aws asn/asn"},
		{"47.128.0.1", "SG abroad aws asn/asn"},
		{"8.8.8.8", "US abroad google asn/asn"},
		{"13.107.42.14", "US abroad microsoft asn/asn"},
		{"20.205.243.166", "SG abroad microsoft asn/asn"},
		{"95.216.0.1", "FI abroad hetzner asn/asn"},
		{"51.38.0.1", "FR abroad ovh asn/asn"},
		// No row: country only. Hong Kong, Macao, Taiwan are not the mainland.
		{"219.76.4.4", "HK abroad country/country"},
		{"202.175.3.3", "MO abroad country/country"},
		{"168.95.1.1", "TW abroad country/country"},
		{"203.98.7.65", "NZ abroad country/country"},
		// IPv6.
		{"2400:3200::1", "CN mainland aliyun asn/asn"},
		{"2408:4000::1", "CN mainland aliyun asn/asn"},
		{"240b:4000::1", "SG abroad aliyun asn/country"},
		{"2404:2280:1000::1", "SG abroad aliyun asn/asn"},
		{"2407:c080:802::1", "CN mainland huawei asn/asn"},
		{"2400:da00::6666", "CN mainland baidu asn/asn"},
		{"240e:4c:4008::1", "CN mainland asn/asn carrier"},
		{"2409:8088::a", "CN mainland asn/asn carrier"},
		{"2408:8899::8", "CN mainland country/country"},
		{"2001:da8::666", "CN mainland asn/asn carrier"},
		{"2001:250:200::1", "CN mainland asn/asn carrier"},
		{"2606:4700:4700::1111", "US abroad cloudflare asn/asn cdn cdn"},
		{"2001:4860:4860::8888", "US abroad google asn/asn"},
		{"2a04:4e42::81", "US abroad fastly asn/asn cdn cdn"},
		{"2600:9000:2000::1", "US abroad aws asn/asn"},
		// IPv6 forms of an IPv4 address.
		{"::ffff:47.110.0.1", "CN mainland aliyun asn/asn"},
		{"64:ff9b::47.110.0.1", "CN mainland aliyun asn/asn"},
		{"2002:2f6e:1::1", "CN mainland aliyun asn/asn"},
		{"64:ff9b::10.0.0.1", "? / private"},
		// No site's address.
		{"10.0.0.1", "? / private"}, {"172.31.0.1", "? / private"}, {"192.168.1.1", "? / private"}, {"127.0.0.1", "? / private"},
		{"169.254.169.254", "? / private"}, {"100.64.0.1", "? / private"}, {"100.127.255.255", "? / private"}, {"198.18.0.5", "? / private"},
		{"198.19.255.255", "? / private"}, {"192.0.2.1", "? / private"}, {"203.0.113.9", "? / private"}, {"224.0.0.1", "? / private"},
		{"0.0.0.0", "? / private"}, {"255.255.255.255", "? / private"}, {"fd00::1", "? / private"}, {"fe80::1", "? / private"},
		{"fe80::1%eth0", "? / private"}, {"::1", "? / private"}, {"2001:db8::1", "? / private"}, {"2001::1", "? / private"}, {"3fff::1", "? / private"},
		// Answers of carriers' DNS for blocked names: no provider, also inside a cloud's space.
		{"182.43.124.6", "CN ? / sink"}, {"2409:8034:3830:42::4", "CN ? / sink"}, {"101.35.177.86", "CN ? / sink"}, {"39.102.194.95", "CN ? / sink"},
	} {
		if got := show(table.Attribute(netip.MustParseAddr(c.ip), nil)); got != c.want {
			t.Errorf("%s = %s, want %s", c.ip, got, c.want)
		}
	}
	if got := show(table.Attribute(netip.Addr{}, nil)); got != "? /" {
		t.Errorf("the invalid address = %s", got)
	}
}

func TestAttributeCNAME(t *testing.T) {
	table := load(t)
	const carrier, carrier2 = "61.169.0.1", "183.60.0.1" // China Telecom: where CDN nodes stand
	for _, c := range []struct{ ip, cname, want string }{
		// A mainland vendor's CDN is where its node is.
		{carrier, "www.example.com.w.kunlunsl.com", "CN mainland aliyun cname/asn cdn cdn"},
		{carrier, "www.example.com.w.kunlunzzz.com", "CN mainland aliyun cname/asn cdn cdn"},
		{"47.246.0.1", "www.example.com.w.kunlunca.com.", "US abroad aliyun cname/asn cdn cdn"},
		{carrier2, "WWW.example.com.cdn.DNSV1.com", "CN mainland tencent cname/asn cdn cdn"},
		{"43.154.0.1", "x.cdn.dnsv1.com.cn", "HK abroad tencent cname/asn cdn cdn"},
		{carrier, "x.eo.dnse3.com", "CN mainland tencent cname/asn cdn cdn"},
		{carrier, "x.tdnsv8.com", "CN mainland tencent cname/asn cdn cdn"},
		{carrier, "x.c.cdnhwc1.com", "CN mainland huawei cname/asn cdn cdn"},
		{carrier, "www.a.shifen.com", "CN mainland baidu cname/asn cdn cdn"},
		{carrier, "x.lxdns.com", "CN mainland wangsu cname/asn cdn cdn"},
		{carrier, "x.qiniudns.com", "CN mainland qiniu cname/asn cdn cdn"},
		{carrier, "x.b0.aicdn.com", "CN mainland upyun cname/asn cdn cdn"},
		{carrier, "x.volcgslb.com", "CN mainland volcengine cname/asn cdn cdn"},
		{carrier, "x.ctdns.cn", "CN mainland ctyun cname/cname cdn cdn"},
		{"8.8.8.8", "x.ctdns.cn", "US abroad ctyun cname/asn cdn cdn"}, // an AS wholly abroad outweighs
		// WAF, 高防, DNS steering, storage.
		{"47.110.0.1", "abc.yundunwaf3.com", "CN mainland aliyun cname/asn waf cdn"},
		{"47.110.0.1", "abc.aligaofang.com", "CN mainland aliyun cname/asn ddos cdn"},
		{"43.136.0.1", "abc.qcloudwaf.com", "CN mainland tencent cname/asn waf cdn"},
		{"121.36.0.1", "abc.huaweicloudwaf.com", "CN mainland huawei cname/asn waf cdn"},
		{"47.110.0.1", "x.gtm-a2b3.com", "CN mainland aliyun cname/asn gtm"},
		{"47.110.0.1", "x.gtm-a23b3.com", "CN mainland aliyun asn/asn"}, // ? is one character
		{"47.110.0.1", "b.oss-cn-hangzhou.aliyuncs.com", "CN mainland aliyun cname/asn oss"},
		{"43.136.0.1", "b-125.cos.ap-guangzhou.myqcloud.com", "CN mainland tencent cname/asn oss"},
		{"43.136.0.1", "b-125.cos-website.ap-guangzhou.myqcloud.com", "CN mainland tencent cname/asn oss"},
		{"121.36.0.1", "b.obs.cn-north-4.myhuaweicloud.com", "CN mainland huawei cname/asn oss"},
		{"106.12.0.1", "b.bj.bcebos.com", "CN mainland baidu cname/asn oss"},
		// Region names abroad under a mainland vendor's suffix, whatever the address.
		{"47.110.0.1", "b.oss-cn-hongkong.aliyuncs.com", "abroad aliyun cname/cname oss"},
		{"8.210.0.1", "b.oss-cn-hongkong.aliyuncs.com", "HK abroad aliyun cname/cname oss"},
		{"47.110.0.1", "b.oss-ap-southeast-5.aliyuncs.com", "abroad aliyun cname/cname oss"},
		{"47.110.0.1", "svc.cn-hongkong.fc.aliyuncs.com", "abroad aliyun cname/cname host"},
		{"47.110.0.1", "b.oss-eu-west-1.aliyuncs.com", "abroad aliyun cname/cname oss"},
		{"43.154.0.1", "b-125.cos.ap-hongkong.myqcloud.com", "HK abroad tencent cname/cname oss"},
		{"43.136.0.1", "b-125.cos.na-ashburn.myqcloud.com", "abroad tencent cname/cname oss"},
		{"121.36.0.1", "b.obs.ap-southeast-1.myhuaweicloud.com", "abroad huawei cname/cname oss"},
		{"121.36.0.1", "elb.ap-southeast-9.myhuaweicloud.com", "abroad huawei cname/cname host"},
		{"47.110.0.1", "cn-hongkong-shop.oss-cn-hangzhou.aliyuncs.com", "CN mainland aliyun cname/asn oss"}, // a bucket's name is no region
		{"47.110.0.1", "mycn-hongkongbucket.oss-cn-hangzhou.aliyuncs.com", "CN mainland aliyun cname/asn oss"},
		// Foreign CDNs are abroad, also where the node is said to be in the mainland.
		{"104.16.0.1", "example.com.cdn.cloudflare.net", "US abroad cloudflare cname/cname cdn cdn"},
		{carrier, "a1.g.akamaiedge.net", "abroad akamai cname/cname cdn cdn"},
		{carrier, "d111.cloudfront.net", "abroad aws cname/cname cdn cdn"},
		{carrier, "x.fastly.net", "abroad fastly cname/cname cdn cdn"},
		// … but for their mainland partners, where the row is mixed.
		{carrier, "example.com.cloudflarecn.net", "CN mainland cloudflare_china cname/asn cdn cdn"},
		{"104.16.0.1", "example.com.cloudflarecn.net", "US abroad cloudflare_china cname/asn cdn cdn"},
		{carrier, "a.tl88.net", "CN mainland akamai_china cname/asn cdn cdn"},
		{"54.222.0.1", "lb.cn-north-1.elb.amazonaws.com.cn", "CN mainland aws_china cname/cname host"},
		{"13.32.0.1", "lb.us-east-1.elb.amazonaws.com", "US abroad aws cname/cname host"},
		{"13.32.0.1", "b.s3.us-east-1.amazonaws.com", "US abroad aws cname/cname oss"},
		// Any link of the chain counts; the longest suffix wins.
		{carrier, "www.example.cn.a.example.net x.cdn.dnsv1.com node.unknown.net", "CN mainland tencent cname/asn cdn cdn"},
		{carrier, "x.kunlunsl.com b.oss-cn-hongkong.aliyuncs.com", "abroad aliyun cname/cname oss"},
		// Label borders: these are nobody's.
		{"47.110.0.1", "www.notaliyuncs.com", "CN mainland aliyun asn/asn"},
		{"47.110.0.1", "kunlunsl.com.example.com", "CN mainland aliyun asn/asn"},
		{carrier, "xkunlunsl.com", "CN mainland asn/asn carrier"},
		{carrier, ". .. ", "CN mainland asn/asn carrier"},
		// A special address or a sink has no provider, whatever the name.
		{"198.18.0.5", "x.kunlunsl.com", "? / private"},
		{"182.43.124.6", "x.kunlunsl.com", "CN ? / sink"},
	} {
		if got := show(table.Attribute(netip.MustParseAddr(c.ip), strings.Fields(c.cname))); got != c.want {
			t.Errorf("%s by %s = %s, want %s", c.ip, c.cname, got, c.want)
		}
	}
}

func TestInFront(t *testing.T) {
	table := load(t)
	for cname, want := range map[string]bool{"x.kunlunsl.com": true, "x.yundunwaf1.com": true, "x.yundunddos.com": true, "b.oss-cn-hangzhou.aliyuncs.com": true, "x.gtm-a1b1.com": false, "": false} {
		if got := providers.InFront(table.Attribute(netip.MustParseAddr("47.110.0.1"), []string{cname})); got != want {
			t.Errorf("InFront(%q) = %v", cname, got)
		}
	}
}

func TestNames(t *testing.T) {
	table := load(t)
	for in, want := range map[string]string{
		"aliyun": "aliyun", "阿里云": "aliyun", "Alibaba Cloud": "aliyun", "ALIYUN ": "aliyun", "万网": "aliyun", "阿 里 云": "aliyun", "阿里云计算有限公司": "aliyun", "ｑｃｌｏｕｄ": "tencent",
		"腾讯云": "tencent", "华为云": "huawei", "HuaweiCloud": "huawei", "天翼云": "ctyun", "移动云": "ecloud", "西部数码": "west", "百度云": "baidu", "京东云": "jdcloud",
		"天翼云科技有限公司": "ctyun", "金山云": "ksyun", "火山引擎": "volcengine", "世纪互联": "21vianet", "中国电信": "china_telecom", "美橙互联": "meicheng",
		"阿里云（华东1）": "aliyun", "腾讯云-广州": "tencent", "阿里云(万网)": "aliyun", "中国电信天翼云": "ctyun", "某某-阿里云": "", "-阿里云": "aliyun",
		"某某云": "", "": "", "阿里云2": "", "云": "",
	} {
		if got := table.ID(in); got != want {
			t.Errorf("ID(%q) = %q, want %q", in, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"阿里云", "aliyun", true}, {"万网", "Alibaba Cloud", true}, {"腾讯云", "aliyun", false}, {"某某 IDC", "某某idc", true}, {"某某IDC", "某IDC", false}, {"", "", false}, {"阿里云", "某某云", false}, {"移动云", "中国移动", false},
	} {
		if got := table.Same(c.a, c.b); got != c.want {
			t.Errorf("Same(%q, %q) = %v", c.a, c.b, got)
		}
	}
	if table.Name("aliyun", "zh") != "阿里云" || table.Name("aliyun", "en") != "Alibaba Cloud" || table.Name("own", "zh") != "own" {
		t.Error("Name")
	}
	for code, want := range map[string]string{"CN": "中国", "HK": "中国香港", "mo": "中国澳门", "TW": "中国台湾", "US": "美国", "SG": "新加坡", "ZZ": "ZZ", "": ""} {
		if got := table.CountryName(code, "zh-CN"); got != want {
			t.Errorf("CountryName(%q) = %q, want %q", code, got, want)
		}
	}
	if table.CountryName("DE", "en") != "Germany" {
		t.Error("CountryName en")
	}
	if !table.IsCarrier("china_mobile") || table.IsCarrier("aliyun") {
		t.Error("IsCarrier")
	}
}

func TestLocateAllocatesNothing(t *testing.T) {
	table := load(t)
	for _, s := range []string{"47.110.0.1", "1.1.1.1", "2400:3200::1", "2606:4700::1"} {
		ip := netip.MustParseAddr(s)
		if n := testing.AllocsPerRun(100, func() { table.Locate(ip) }); n != 0 {
			t.Errorf("Locate(%s) allocates %v times", s, n)
		}
	}
}

func ExampleTable_Attribute() {
	table, err := providers.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	a := table.Attribute(netip.MustParseAddr("8.210.0.1"), nil)
	fmt.Println(table.Name(string(a.Provider), "zh"), table.CountryName(string(a.Country), "zh"), *a.Mainland, a.By)
	a = table.Attribute(netip.MustParseAddr("183.60.0.1"), []string{"www.example.cn.cdn.dnsv1.com"})
	fmt.Println(table.Name(string(a.Provider), "zh"), a.CDN, *a.Mainland, a.By)
	// Output:
	// 阿里云 中国香港 false asn
	// 腾讯云 true true cname
}

func BenchmarkLocate(b *testing.B) {
	table := load(b)
	var ips []netip.Addr
	for i := range 4096 {
		n := uint32(i) * 2654435761
		ips = append(ips, netip.AddrFrom4([4]byte{byte(n>>24)%223 + 1, byte(n >> 16), byte(n >> 8), byte(n)}))
		ips = append(ips, netip.AddrFrom16([16]byte{0x24, byte(i), byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		table.Locate(ips[i&8191])
		i++
	}
}

func BenchmarkAttribute(b *testing.B) {
	table := load(b)
	ip, chain := netip.MustParseAddr("183.60.0.1"), []string{"www.example.cn.cdn.dnsv1.com", "abc.sched.example.net"}
	b.ReportAllocs()
	for b.Loop() {
		table.Attribute(ip, chain)
	}
}

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		if _, err := providers.Default(); err != nil {
			b.Fatal(err)
		}
		if _, err := providers.DefaultSigns(); err != nil {
			b.Fatal(err)
		}
	}
}
