package registrars_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"domaincheck"
	"domaincheck/registrars"
)

func load(t testing.TB) *registrars.Table {
	t.Helper()
	table, err := registrars.Default()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestMatch(t *testing.T) {
	table := load(t)
	for _, c := range []struct {
		name, id, row, by, via string
		approved               registrars.Approval
	}{
		// As WHOIS of .cn prints them.
		{"阿里云计算有限公司（万网）", "", "hichina", "name", "whole", "yes"},
		{"阿里云计算有限公司 (万网)", "", "hichina", "name", "whole", "yes"},
		{"阿里云计算有限公司【万网】", "", "hichina", "name", "whole", "yes"},
		{"阿里云计算有限公司", "", "hichina", "name", "whole", "yes"},
		{"阿里巴巴云计算（北京）有限公司", "", "alibaba-beijing", "name", "whole", "yes"},
		{"北京新网数码信息技术有限公司", "", "xinnet", "name", "whole", "yes"},
		{"北京新网数码信息技术有限公司（新网）", "", "xinnet", "name", "bracket", "yes"},
		{"厦门易名科技有限公司（原厦门易名网络科技有限公司）", "", "ename", "name", "whole", "yes"},
		{"厦门易名科技股份有限公司（原厦门易名科技有限公司）", "", "ename", "name", "current", "yes"},
		{"某某新名字科技有限公司（原北京国旭网络科技有限公司）", "", "guoxu", "name", "former", "yes"},
		{"某某新名字科技有限公司（曾用名：北京国旭网络科技有限公司）", "", "guoxu", "name", "former", "yes"},
		{"北京国科云计算技术有限公司（原北京中科三方网络技术有限公司）", "", "guokeyun", "name", "whole", "yes"},
		{"成都西维数码科技有限公司", "", "west", "name", "whole", "yes"},
		{" 西部数码 ", "", "west", "name", "whole", "yes"},
		// As gTLD registries print them: any case, with and without blanks.
		{"Alibaba Cloud Computing (Beijing) Co., Ltd.", "420", "alibaba-beijing", "iana", "", "yes"},
		{"ALIBABA CLOUD COMPUTING (BEIJING) CO.,LTD", "", "alibaba-beijing", "name", "whole", "yes"},
		{"Alibaba Cloud Computing Ltd. d/b/a HiChina (www.net.cn)", "1599", "hichina", "iana", "", "yes"},
		{"Alibaba Cloud Computing Ltd. d/b/a HiChina (www.net.cn)", "", "hichina", "name", "whole", "yes"},
		{"Alibaba Cloud Computing Ltd. d/b/a Something New", "", "hichina", "name", "trading_name", "yes"},
		{"HANGZHOU AIMING NETWORK CO.,LTD.", "", "aiming", "name", "whole", "yes"},
		{"Hangzhou AiMing Network Co Ltd", "", "aiming", "name", "whole", "yes"},
		{"Hangzhou AiMing Network Company Limited", "", "aiming", "name", "whole", "yes"},
		{"Ｘｉｎ Ｎｅｔ Technology Corporation", "", "xinnet", "name", "whole", "yes"},
		{"Xi’an Qianxi Network Technology Co. Ltd.", "", "qianxi", "name", "whole", "yes"},
		{"DNSPod, Inc. http://www.dnspod.cn", "", "dnspod", "name", "whole", "yes"},
		{"DNSPod, Inc. (https://www.dnspod.cn)", "", "dnspod", "name", "whole", "yes"},
		{"eName Technology Co., Ltd. Website: www.ename.net", "", "ename", "name", "whole", "yes"},
		{"Beijing Innovative Linkage Technology Ltd.", "", "dns-com-cn", "name", "whole", "unknown"},
		{"GMO Internet, Inc.", "", "gmo", "name", "whole", "no"},
		// The id decides; leading blanks and zeros do not matter.
		{"", " 1599 ", "hichina", "iana", "", "yes"},
		{"", "0146", "godaddy", "iana", "", "no"},
		{"DropCatch.com 777 LLC", "2188", "dropcatch", "iana", "", "no"},
		{"Gname 052 Inc", "4062", "gname", "iana", "", "no"},
		{"", "671", "csc-shanghai", "iana", "", "unknown"},
		{"", "1632", "century-oriental", "iana", "", "yes"},
		{"", "3838", "markmonitor-shanghai", "iana", "", "yes"},
		{"", "292", "markmonitor", "iana", "", "no"},
		{"", "3775", "alibaba-international", "iana", "", "no"},
		// Near misses and brands of others.
		{"西部数码国际有限公司", "", "west263-hk", "name", "whole", "no"},
		{"西部数码国际", "", "west263-hk", "name", "whole", "no"},
		{"新网互联", "", "dns-com-cn", "name", "whole", "unknown"},
		{"新网", "", "xinnet", "name", "whole", "yes"},
		{"Go China Domains, LLC", "", "go-china-domains", "name", "whole", "no"},
		{"Go China Domains", "", "", "", "", "unknown"},
		{"阿里云计算有限公司（香港）", "", "", "", "", "unknown"},
		{"阿里云计算有限公司（国际）", "", "", "", "", "unknown"},
		{"阿里云计算有限公司北京分公司", "", "", "", "", "unknown"},
		{"Alibaba Cloud Computing Ltd. (Hong Kong)", "", "", "", "", "unknown"},
		{"西部数码科技", "", "", "", "", "unknown"},
		{"成都西维数码", "", "", "", "", "unknown"},
		{"北京新网数码信息技术", "", "", "", "", "unknown"},
		{"新网数码信息技术有限公司", "", "", "", "", "unknown"},
		{"Xinnet Technology Corporation Limited", "", "", "", "", "unknown"},
		{"DNSPod LLC", "", "", "", "", "unknown"},
		{"GoDaddy China", "", "", "", "", "unknown"},
		{"中国万网互联", "", "", "", "", "unknown"},
		{"上海某某网络科技有限公司", "", "", "", "", "unknown"},
		// Nothing to go by.
		{"", "", "", "", "", "unknown"},
		{"（）", "", "", "", "", "unknown"},
		{"", "9999", "", "", "", "unknown"},
		{"", "-1", "", "", "", "unknown"},
		{"", "not applicable", "", "", "", "unknown"},
		{"", "4899", "", "", "", "unknown"},
		{strings.Repeat("新网", 1000), "", "", "", "", "unknown"},
	} {
		got := table.Match(c.name, c.id)
		id := ""
		if got.Row != nil {
			id = got.Row.ID
		}
		if id != c.row || got.By != c.by || got.Via != c.via || got.Approved != c.approved {
			t.Errorf("Match(%.60q, %q) = %q by %q via %q approved %s; want %q %q %q %s", c.name, c.id, id, got.By, got.Via, got.Approved, c.row, c.by, c.via, c.approved)
		}
	}
}

func TestConflictIsTold(t *testing.T) {
	table := load(t)
	m := table.Match("GoDaddy.com, LLC", "1599")
	if m.Row.ID != "hichina" || m.Conflict == nil || m.Conflict.ID != "godaddy" {
		t.Errorf("the id decides and the conflict is told: %+v", m)
	}
	if m := table.Match("阿里云", "1599"); m.Conflict != nil {
		t.Errorf("id and name agree: %+v", m)
	}
	if m := table.Match("阿里云计算有限公司", "4899"); m.Row.ID != "hichina" || !m.OtherID {
		t.Errorf("a name with an id the table does not know for it: %+v", m)
	}
	if m := table.Match("华为云", "4899"); m.Row.ID != "huawei-cloud" || m.OtherID {
		t.Errorf("a row without ids has no other id: %+v", m)
	}
}

// Every name, alias and id of the table finds its own row, and no spelling of
// a name finds another.
func TestEveryNameFindsItsRow(t *testing.T) {
	table := load(t)
	rows := table.Rows()
	if len(rows) != 210 {
		t.Fatalf("%d rows", len(rows))
	}
	for i := range rows {
		row := &rows[i]
		names := append(append([]string{}, row.NamesEN...), row.Aliases...)
		if row.NameZH != "" {
			names = append(names, row.NameZH)
		}
		for _, name := range names {
			for _, spelling := range []string{
				name, strings.ToUpper(name), strings.ToLower(name), " " + name + " ", strings.ReplaceAll(name, "(", "（"),
				strings.ReplaceAll(name, "（", "("), strings.ReplaceAll(name, ", ", ","), strings.ReplaceAll(name, ".,", ","),
				strings.ReplaceAll(name, " ", "\u00a0"), strings.ReplaceAll(name, " ", "  "), name + " Website: http://example.com/",
			} {
				if m := table.Match(spelling, ""); m.Row != row {
					t.Errorf("%q of %s finds %+v", spelling, row.ID, m.Row)
				}
			}
			if lower := strings.ToLower(name); strings.Contains(name, "原") || strings.Contains(lower, "d/b/a") || strings.Contains(lower, "dba ") {
				continue // such a name is more than one name: its parts are found alone
			}
			for _, other := range []string{name + "x", "x" + name, name + "国际", "新" + name, name + " Hong Kong"} {
				if m := table.Match(other, ""); m.Row == row {
					t.Errorf("%q, which is another name, finds %s", other, row.ID)
				}
			}
		}
		for _, id := range row.IANAIDs {
			if m := table.Match("", strconv.Itoa(id)); m.Row != row || m.By != "iana" {
				t.Errorf("id %d finds %+v", id, m.Row)
			}
		}
		if row.Country != "CN" && row.Approved != registrars.No {
			t.Errorf("%s is outside the mainland and %s", row.ID, row.Approved)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	raw, err := os.ReadFile("registrars.csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, place string }{
		"header":          {"id,name_zh", "key,name_zh", "registrars.csv:2"},
		"doubled id":      {"\nalibaba-beijing,", "\nhichina,", "registrars.csv:4"},
		"doubled iana id": {",420,", ",1599,", "registrars.csv:4"},
		"no iana id":      {",420,", ",42o,", "registrars.csv:4"},
		"shared name":     {"新网|新网数码", "西部数码|新网数码", "registrars.csv:6"},
		"approval":        {"HiChina,CN,yes", "HiChina,CN,sure", "registrars.csv:3"},
		"approved abroad": {"HiChina,CN,yes", "HiChina,HK,yes", "registrars.csv:3"},
		"confidence":      {"IANA26|ICANN26,high\nalibaba", "IANA26|ICANN26,sure\nalibaba", "registrars.csv:3"},
	} {
		t.Run(name, func(t *testing.T) {
			next := strings.Replace(string(raw), c.old, c.new, 1)
			if next == string(raw) {
				t.Fatal("the text to change is not there")
			}
			_, err := registrars.Load(fstest.MapFS{"registrars.csv": &fstest.MapFile{Data: []byte(next)}})
			var e *domaincheck.Error
			if !errors.As(err, &e) || e.Code != domaincheck.CodeBadTable || string(e.Place) != c.place {
				t.Errorf("error %v, want bad_table at %s", err, c.place)
			}
		})
	}
	for _, fsys := range []fstest.MapFS{{}, {"registrars.csv": &fstest.MapFile{Data: raw[:20000]}}, {"registrars.csv": &fstest.MapFile{}}} {
		if _, err := registrars.Load(fsys); !errors.Is(err, domaincheck.CodeBadTable) {
			t.Errorf("loaded a missing or cut table: %v", err)
		}
	}
}

func TestReadAndValidate(t *testing.T) {
	old := load(t)
	next, err := registrars.Read(strings.NewReader("# as of 2027-01-01\nid,name_zh,names_en,iana_ids,aliases,country,approved,approval_note,sources,confidence\nmine,我的注册商有限公司,,,,CN,yes,seen on the register,own,high\n"), "mine.csv")
	if err != nil {
		t.Fatal(err)
	}
	if m := next.Match("我的注册商有限公司", ""); m.Approved != registrars.Yes || !strings.HasPrefix(m.Row.AsOf, "2027-01-01#") {
		t.Errorf("%+v", m)
	}
	if err := registrars.Validate(old, next); !errors.Is(err, domaincheck.CodeBadTable) {
		t.Errorf("a table that lost nearly everything passes: %v", err)
	}
	if err := registrars.Validate(old, old); err != nil {
		t.Error(err)
	}
}

func ExampleTable_Match() {
	table, err := registrars.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	m := table.Match("厦门易名科技有限公司（原厦门易名网络科技有限公司）", "")
	fmt.Println(m.Row.ID, m.By, m.Approved)
	fmt.Println(table.Match("A registrar nobody has heard of", "").Approved)
	// Output:
	// ename name yes
	// unknown
}

// Match is given bytes of strangers: whatever they are, it must end, and what
// it finds must be what the same name in other spelling finds.
func FuzzMatch(f *testing.F) {
	table := load(f)
	f.Fuzz(func(t *testing.T, name, id string) {
		m := table.Match(name, id)
		if (m.Row == nil) != (m.By == "") || m.Row == nil && m.Approved != registrars.Unknown {
			t.Fatalf("Match(%q, %q) = %+v", name, id, m)
		}
		if n := table.Match(" "+name+" ", id); n.Row != m.Row {
			t.Fatalf("blanks around %q change the row", name)
		}
	})
}

func TestFuzzSeeds(t *testing.T) {
	if seeds, err := os.ReadDir("testdata/fuzz/FuzzMatch"); err != nil || len(seeds) < 5 {
		t.Errorf("the fuzz seeds are missing: %d, %v", len(seeds), err)
	}
}

func BenchmarkMatch(b *testing.B) {
	table := load(b)
	for b.Loop() {
		table.Match("厦门易名科技股份有限公司（原厦门易名科技有限公司）", "")
	}
}

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		if _, err := registrars.Default(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestJSONHasNoEmptyTexts(t *testing.T) {
	table := load(t)
	for _, name := range []string{"阿里云", "Spaceship", "华为云", "nobody"} {
		b, err := json.Marshal(table.Match(name, ""))
		if err != nil {
			t.Fatal(err)
		}
		if s := string(b); strings.Contains(s, `:""`) || strings.Contains(s, `s":null`) {
			t.Errorf("%s: %s", name, s)
		}
	}
}
