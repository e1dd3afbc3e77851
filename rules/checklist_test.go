package rules

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"domaincheck"
)

func loadOrders(t *testing.T) *Orders {
	t.Helper()
	o, err := DefaultOrders()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// realBook is the embedded book: the checklist is about the provinces as they
// are.
func realBook(t *testing.T) *Book {
	t.Helper()
	b, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func beijing(t *testing.T, s string) domaincheck.Instant {
	t.Helper()
	at, err := domaincheck.ParseInstant(s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// wholeCase is a unit of Shanghai with everything declared and seen in order.
func wholeCase(t *testing.T) domaincheck.Case {
	t.Helper()
	at := beijing(t, "2026-11-21T09:00:00+08:00")
	date := func(s string) domaincheck.Date {
		d, err := domaincheck.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	person := func(name string) *domaincheck.Person {
		return &domaincheck.Person{
			Name: domaincheck.Text(name), IsLegalRepresentative: domaincheck.Known(true), BirthDate: date("1980-01-01"), Nationality: "CN",
			IDType: "身份证", IDExpires: date("2032-01-01"), IDProvince: "上海", PhoneProvince: "上海",
			Contact: &domaincheck.PersonContact{Swapped: domaincheck.Known(false), SameAsOtherPerson: domaincheck.Known(false), SameAsEmergency: domaincheck.Known(false), Dead: domaincheck.Known(false)},
		}
	}
	look := domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: at}
	return domaincheck.Case{
		At: at,
		Site: domaincheck.Site{
			Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}}, Name: "示例科技", State: domaincheck.StateUnfiled,
			Subject: &domaincheck.Subject{
				Name: "上海示例科技有限公司", Kind: domaincheck.KindUnit, Type: "企业", Province: "上海", LegalRepresentative: "张三", State: "存续",
				Certificate: &domaincheck.Certificate{IssuedOn: date("2019-01-01")}, AddressProvince: "上海", ClusterAddress: domaincheck.Known(false),
				Principal: person("张三"), Counts: &domaincheck.Counts{Sites: domaincheck.Known(1), DomainPrefixes: domaincheck.Known(1)},
			},
			Responsible: person("张三"), Commercial: domaincheck.Known(false), Categories: domaincheck.List[string]{},
			Servers: domaincheck.List[domaincheck.Server]{{
				ID: "web1", Provider: "aliyun", Type: "ecs", Region: "cn-shanghai", Billing: "subscription", FirstTermMonths: domaincheck.Known(12),
				Expires: date("2027-10-01"), PublicBandwidth: domaincheck.Known(true), Codes: &domaincheck.Codes{Total: domaincheck.Known(5), Used: domaincheck.Known(1)},
			}},
			RealNameVerifiedOn: date("2026-01-01"), Holder: &domaincheck.Holder{Name: "上海示例科技有限公司", VerifiedOn: date("2026-01-01")},
			Papers:    []domaincheck.Paper{{Kind: "营业执照"}, {Kind: "主体负责人证件"}, {Kind: "网站负责人证件"}},
			Approvals: domaincheck.List[domaincheck.Approval]{},
		},
		Observation: domaincheck.Observation{
			Registration: &domaincheck.Registration{
				Look: look, Domain: "example.cn", Registrar: &domaincheck.Registrar{Name: "阿里云计算有限公司（万网）"},
				Registrant: &domaincheck.Registrant{Name: "上海示例科技有限公司"}, Created: beijing(t, "2020-01-01"), Expires: beijing(t, "2028-01-01"),
				Statuses: domaincheck.List[string]{"ok"}, Nameservers: domaincheck.List[string]{"ns1.example.net"},
			},
			Resolution: &domaincheck.Resolution{
				Look: look, Vantage: domaincheck.VantageMainland,
				Hosts: domaincheck.List[domaincheck.Host]{
					{Host: "example.cn", Outcome: domaincheck.OutcomeOK, RCode: "NXDOMAIN", Agreed: 2},
					{Host: "www.example.cn", Outcome: domaincheck.OutcomeOK, RCode: "NXDOMAIN", Agreed: 2},
				},
			},
		},
	}
}

func conditionsOf(c Checklist) map[string]Condition {
	m := map[string]Condition{}
	for _, x := range c.Conditions {
		m[x.ID] = x
	}
	return m
}

// With every fact declared and in order nothing is unmet and nothing of weight
// is unknown.
func TestPreflightOfAWholeCasePasses(t *testing.T) {
	b, o := realBook(t), loadOrders(t)
	list := b.Preflight(o, wholeCase(t), domaincheck.OrderFirst)
	for _, c := range list.Conditions {
		if c.State == Unmet || c.State == Unsure && c.Severity.Rank() >= domaincheck.Medium.Rank() {
			t.Errorf("%s is %s (%s) %v", c.ID, c.State, c.Code, c.Evidence)
		}
		for _, lang := range []string{"zh", "en"} {
			if s := b.Say(&c, lang); s.Text == "" || len(s.Basis) == 0 || s.Basis[0].Source == "" {
				t.Errorf("%s says %+v", c.ID, s)
			}
		}
	}
	for _, p := range list.Papers {
		if p.Need == "required" && p.State != Met {
			t.Errorf("paper %s is %s (%s)", p.Kind, p.State, p.Code)
		}
	}
	if v := list.Verdict(false); v != domaincheck.VerdictPass {
		t.Errorf("verdict %s", v)
	}
}

// Each row changes one fact of the whole case; the named condition follows.
func TestPreflightStatesFollowFacts(t *testing.T) {
	at := func(c *domaincheck.Case, ip, provider string) {
		c.Observation.Resolution.Hosts[0] = domaincheck.Host{Host: "example.cn", Outcome: domaincheck.OutcomeOK, RCode: "NOERROR", Agreed: 2, Addresses: domaincheck.List[domaincheck.Address]{
			{IP: ip, Mainland: domaincheck.Known(true), Provider: domaincheck.Text(provider), By: "asn"},
		}}
	}
	filed := func(c *domaincheck.Case) {
		c.Site.State, c.Site.RecordNumber = domaincheck.StateFiled, "沪ICP备12345678号-1"
		c.Site.Access = domaincheck.List[domaincheck.Access]{{Provider: "tencent", State: domaincheck.AccessActive}}
		c.Site.Order = &domaincheck.Order{Provider: "aliyun"}
		at(c, "119.29.29.29", "tencent")
	}
	tests := []struct {
		order  domaincheck.OrderKind
		id     string
		want   ConditionState
		code   string
		change func(*domaincheck.Case)
	}{
		{"first", "order.province", Unsure, "undeclared", func(c *domaincheck.Case) { c.Site.Subject.Province = "" }},
		{"first", "order.kind", Unsure, "undeclared", func(c *domaincheck.Case) { c.Site.Subject.Kind = "" }},
		{"first", "order.provider", Met, "known", func(*domaincheck.Case) {}},
		{"first", "order.provider", Unsure, "undeclared", func(c *domaincheck.Case) { c.Site.Servers = nil }},
		{"first", "order.needed", Met, "mainland", func(*domaincheck.Case) {}},
		{"first", "order.needed", ToDo, "abroad_only", func(c *domaincheck.Case) { c.Site.Servers[0].Region = "cn-hongkong" }},
		{"first", "order.needed", Unsure, "undeclared", func(c *domaincheck.Case) { c.Site.Servers = nil }},
		{"first", "order.address_site", Met, "address", func(c *domaincheck.Case) { c.Site.Domains[0].Domain = "47.110.0.1" }},
		{"first", "order.subject_number", ToDo, "none_declared", func(*domaincheck.Case) {}},
		{"first", "order.subject_number", Unmet, "conflict", func(c *domaincheck.Case) { c.Site.Subject.RecordNumber = "沪ICP备12345678号" }},
		{"new_site", "order.subject_number", Met, "has_number", func(c *domaincheck.Case) { c.Site.Subject.RecordNumber = "沪ICP备12345678号" }},
		{"new_site", "order.subject_number", Unsure, "undeclared", func(*domaincheck.Case) {}},
		{"first", "order.domain_number", ToDo, "declared_unfiled", func(*domaincheck.Case) {}},
		{"first", "order.domain_number", Unmet, "filed_elsewhere", filed},
		{"first", "order.domain_number", Met, "free", func(c *domaincheck.Case) {
			c.Observation.Record = &domaincheck.FilingRecord{Look: domaincheck.Look{Outcome: domaincheck.OutcomeAbsent, At: c.At}}
		}},
		{"access", "order.domain_number", Unmet, "not_filed", func(*domaincheck.Case) {}},
		{"access", "order.domain_number", Met, "filed", filed},
		{"first", "order.no_resolution", Met, "not_yet", func(*domaincheck.Case) {}},
		{"first", "order.no_resolution", Unmet, "points_already", func(c *domaincheck.Case) { at(c, "47.110.0.1", "aliyun") }},
		{"first", "order.no_resolution", Unsure, "filed_already", func(c *domaincheck.Case) { filed(c); at(c, "47.110.0.1", "aliyun") }},
		{"new_site", "order.no_resolution", Unsure, "filed_already", func(c *domaincheck.Case) { filed(c); at(c, "47.110.0.1", "aliyun") }},
		{"first", "order.no_resolution", Unsure, "look_failed", func(c *domaincheck.Case) {
			c.Observation.Resolution = &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeTimeout, At: c.At}}
		}},
		{"first", "order.no_resolution", ToDo, "points_abroad", func(c *domaincheck.Case) {
			at(c, "8.8.8.8", "")
			c.Observation.Resolution.Hosts[0].Addresses[0].Mainland = domaincheck.Known(false)
		}},
		{"access", "order.move", Met, "still_there", filed},
		{"access", "order.move", Unmet, "switched_early", func(c *domaincheck.Case) { filed(c); at(c, "47.110.0.1", "aliyun") }},
		{"access", "order.move", Met, "accessed", func(c *domaincheck.Case) {
			filed(c)
			c.Site.Access = append(c.Site.Access, domaincheck.Access{Provider: "aliyun", State: domaincheck.AccessActive})
			at(c, "47.110.0.1", "aliyun")
		}},
		{"access", "order.move", Unsure, "unseen", func(c *domaincheck.Case) { filed(c); c.Observation.Resolution = nil }},
		{"cancel", "order.refile", Met, "fileable", filed},
		{"cancel", "order.refile", Unmet, "not_fileable", func(c *domaincheck.Case) { filed(c); c.Site.Domains[0].Domain = "example.org" }},
		{"cancel", "order.refile", Unsure, "unsure", func(c *domaincheck.Case) { filed(c); c.Observation.Registration = nil }},
		{"change", "order.change_address", Met, "dns_only", filed},
		{"change", "order.change_address", ToDo, "file_change", func(c *domaincheck.Case) { filed(c); c.Site.Commercial = domaincheck.Known(true) }},
		{"first", "server.region", Unmet, "abroad", func(c *domaincheck.Case) { c.Site.Servers[0].Region = "cn-hongkong" }},
		{"access", "server.region", Met, "mainland", filed},
		{"first", "server.codes", Unmet, "used_up", func(c *domaincheck.Case) {
			c.Site.Servers[0].Codes = &domaincheck.Codes{Total: domaincheck.Known(5), Used: domaincheck.Known(4), Filing: domaincheck.Known(1)}
		}},
		{"first", "domain.term", Unmet, "too_short", func(c *domaincheck.Case) {
			c.Site.State, c.Observation.Registration.Expires = "", beijing(t, "2027-05-21")
			c.Observation.Page = &domaincheck.HomePage{Look: domaincheck.Look{Outcome: domaincheck.OutcomeTimeout, At: c.At}}
		}},
		{"first", "server.own", ToDo, "own", func(c *domaincheck.Case) { c.Site.Servers[0].Type = "own" }},
		{"first", "server.jushita", ToDo, "jushita", func(c *domaincheck.Case) { c.Site.Servers[0].Type = "jushita" }},
		{"first", "server.chengxintong", ToDo, "shop", func(c *domaincheck.Case) { c.Site.Servers[0].Type = "chengxintong" }},
		{"first", "subject.certificate", Unmet, "too_short", func(c *domaincheck.Case) {
			c.Site.Subject.Certificate.Expires = domaincheck.DateOf(c.At.Time).AddMonths(2)
		}},
		{"first", "subject.certificate", Met, "long_enough", func(c *domaincheck.Case) {
			c.Site.Subject.Certificate.Expires = domaincheck.DateOf(c.At.Time).AddMonths(3)
		}},
		{"first", "subject.documents", Unmet, "unfit_principal", func(c *domaincheck.Case) { c.Site.Subject.Principal.Nationality = "US" }},
		{"first", "subject.documents", Unsure, "undeclared", func(c *domaincheck.Case) { c.Site.Subject.Principal = nil }},
		{"first", "content.commercial", ToDo, "licence_due", func(c *domaincheck.Case) { c.Site.Commercial = domaincheck.Known(true) }},
		{"first", "content.commercial", Unsure, "undeclared", func(c *domaincheck.Case) { c.Site.Commercial = nil }},
		{"first", "content.approval", Met, "none_declared", func(*domaincheck.Case) {}},
		{"first", "content.approval", Unsure, "undeclared", func(c *domaincheck.Case) { c.Site.Categories = nil }},
		{"first", "approval.news", Unmet, "missing", func(c *domaincheck.Case) { c.Site.Categories = domaincheck.List[string]{"新闻"} }},
		{"first", "approval.news", Unsure, "undeclared", func(c *domaincheck.Case) {
			c.Site.Categories, c.Site.Approvals = domaincheck.List[string]{"新闻"}, nil
		}},
		{"first", "approval.news", Met, "approved", func(c *domaincheck.Case) {
			c.Site.Categories, c.Site.Approvals = domaincheck.List[string]{"news"}, domaincheck.List[domaincheck.Approval]{{Category: "新闻", Number: "1"}}
		}},
		{"first", "approval.education", Met, "cancelled", func(c *domaincheck.Case) { c.Site.Categories = domaincheck.List[string]{"教育"} }},
		{"first", "approval.finance", ToDo, "review", func(c *domaincheck.Case) { c.Site.Name = "示例理财" }},
		{"first", "content.finance_name", ToDo, "words", func(c *domaincheck.Case) { c.Site.Name = "示例理财" }},
		{"first", "content.finance_later", ToDo, "watched", func(c *domaincheck.Case) { c.Site.Name = "示例理财" }},
		{"first", "content.foundation", ToDo, "papers_due", func(c *domaincheck.Case) { c.Site.Subject.Name = "示例慈善基金会" }},
		{"first", "province.shanghai.unit.principal", Unmet, "principal_not_legal_representative", func(c *domaincheck.Case) {
			c.Site.Subject.Principal.IsLegalRepresentative = domaincheck.Known(false)
		}},
		{"first", "province.shanghai.unit.principal", Unsure, "undeclared", func(c *domaincheck.Case) {
			c.Site.Subject.Principal.IsLegalRepresentative = nil
		}},
		{"first", "province.shanghai.unit.id_term", Unmet, "card_too_short", func(c *domaincheck.Case) {
			c.Site.Subject.Principal.IDExpires = domaincheck.DateOf(c.At.Time).AddMonths(3)
		}},
		{"first", "province.shanghai.unit.principal", Unsure, "depends_on_kind", func(c *domaincheck.Case) { c.Site.Subject.Kind = "" }},
		{"first", "province.beijing.unit.naming[0]", Unmet, "refused_ending", func(c *domaincheck.Case) {
			c.Site.Subject.Province, c.Site.Name = "北京", "示例研究院"
		}},
		{"first", "account.one_subject", ToDo, "todo", func(*domaincheck.Case) {}},
	}
	b, o := realBook(t), loadOrders(t)
	for _, tt := range tests {
		c := wholeCase(t)
		tt.change(&c)
		got, ok := conditionsOf(b.Preflight(o, c, tt.order))[tt.id]
		if !ok || got.State != tt.want || got.Code != tt.code {
			t.Errorf("%s %s: %s (%s), want %s (%s); %v", tt.order, tt.id, got.State, got.Code, tt.want, tt.code, got.Evidence)
		}
		if got.State == Unsure && len(got.Facts) == 0 {
			t.Errorf("%s %s is unknown and names no fact", tt.order, tt.id)
		}
	}
}

// A shop of Chengxintong is bound and pointed before the order: its address is
// no fault.
func TestPreflightOfAShopThatMustPointFirst(t *testing.T) {
	c := wholeCase(t)
	c.Site.Servers[0].Type = "chengxintong"
	if got, there := conditionsOf(realBook(t).Preflight(loadOrders(t), c, domaincheck.OrderFirst))["order.no_resolution"]; there {
		t.Errorf("order.no_resolution is %s", got.State)
	}
}

// A provider's own demands stand in its own orders only.
func TestPreflightListsTheProvidersOwnDemands(t *testing.T) {
	b, o := realBook(t), loadOrders(t)
	for provider, want := range map[string]string{"aliyun": "account.one_subject", "阿里云": "account.one_subject", "tencent": "tencent.code", "huawei": "huawei.server", "baidu": "baidu.term"} {
		c := wholeCase(t)
		c.Site.Order = &domaincheck.Order{Provider: domaincheck.Text(provider)}
		got := conditionsOf(b.Preflight(o, c, domaincheck.OrderFirst))
		for _, id := range []string{"account.one_subject", "tencent.code", "huawei.server", "baidu.term"} {
			if x, there := got[id]; there != (id == want) || there && x.Layer != "provider" {
				t.Errorf("%s: %s listed is %v", provider, id, there)
			}
		}
	}
	c := wholeCase(t)
	c.Site.Order = &domaincheck.Order{Provider: "互联互通"}
	if !slices.ContainsFunc(b.Preflight(o, c, domaincheck.OrderFirst).Papers, func(n PaperNeed) bool { return n.Kind == "备案信息登记表" && n.State == Unmet }) {
		t.Error("the registration form of 互联互通 is not asked for")
	}
}

// Another authority in 湖北, 四川 and 江苏; the statement instead of an approval.
func TestApprovalExceptionsAndTheStatement(t *testing.T) {
	b, o := realBook(t), loadOrders(t)
	for province, want := range map[string]string{"湖北": "新闻出版局", "四川": "新闻出版广电局", "上海": "中共中央宣传部"} {
		c := wholeCase(t)
		c.Site.Subject.Province, c.Site.Categories, c.Site.Approvals = domaincheck.Text(province), domaincheck.List[string]{"游戏"}, nil
		got := conditionsOf(b.Preflight(o, c, domaincheck.OrderFirst))["approval.game"]
		if s := b.Say(&got, "zh"); !strings.Contains(s.Note, want) || !strings.Contains(string(s.Fix), "座机") {
			t.Errorf("%s: %+v", province, s)
		}
		c.Site.Papers = append(c.Site.Papers, domaincheck.Paper{Kind: "说明书"})
		if got := conditionsOf(b.Preflight(o, c, domaincheck.OrderFirst))["approval.game"]; got.State != ToDo || got.Code != "statement" {
			t.Errorf("%s: %s (%s)", province, got.State, got.Code)
		}
	}
}

// Judges that leave a condition out say nothing at all.
func TestPreflightLeavesOutWhatDoesNotConcern(t *testing.T) {
	got := conditionsOf(realBook(t).Preflight(loadOrders(t), wholeCase(t), domaincheck.OrderFirst))
	for _, id := range []string{"server.own", "server.jushita", "order.move", "order.refile", "content.foundation", "approval.news", "order.address_site", "front.cdn"} {
		if c, there := got[id]; there {
			t.Errorf("%s is listed: %s", id, c.Code)
		}
	}
}

func TestPreflightPapersAndSteps(t *testing.T) {
	b, o := realBook(t), loadOrders(t)
	c := wholeCase(t)
	c.Site.Responsible.IsLegalRepresentative = domaincheck.Known(false)
	list := b.Preflight(o, c, domaincheck.OrderFirst)
	at := slices.IndexFunc(list.Papers, func(p PaperNeed) bool { return samePaper(p.Kind, "授权委托书") })
	if at < 0 || list.Papers[at].State != Unmet || list.Papers[at].MaxAge == nil || list.Papers[at].MaxAge.Months != 3 {
		t.Fatalf("the letter of authority is not asked for: %+v", list.Papers)
	}
	c.Site.Papers = append(c.Site.Papers, domaincheck.Paper{Kind: "授权书", IssuedOn: domaincheck.DateOf(c.At.Time).AddMonths(-4)})
	list = b.Preflight(o, c, domaincheck.OrderFirst)
	if p := list.Papers[at]; p.State != Unmet || p.Code != "paper_too_old" {
		t.Errorf("an old letter of authority is %s (%s)", p.State, p.Code)
	}
	var ids []string
	for _, s := range b.Preflight(o, c, domaincheck.OrderAccess).Steps {
		ids = append(ids, s.ID)
	}
	var order []int
	for _, id := range []string{"access.file", "review.approved", "access.switch", "access.release"} {
		order = append(order, slices.Index(ids, id))
	}
	if !slices.IsSorted(order) || order[0] < 0 {
		t.Errorf("the sequence of a move is %v", ids)
	}
}

// Preflight is pure: the case is not changed, equal cases give equal lists.
func TestPreflightIsPure(t *testing.T) {
	b, o := realBook(t), loadOrders(t)
	c := wholeCase(t)
	for _, kind := range OrderKinds() {
		for range 2 {
			b.Preflight(o, c, kind)
		}
	}
	if c.Site.Order != nil || c.Site.Subject.Certificate == nil || len(c.Site.Papers) != 3 {
		t.Error("the case was changed")
	}
}

// Every province, kind and order gives a list whose conditions cite a text and
// whose ids are distinct per target.
func TestPreflightOfEveryProvince(t *testing.T) {
	b, o := realBook(t), loadOrders(t)
	for name := range b.provinces {
		for _, kind := range []domaincheck.Kind{domaincheck.KindUnit, domaincheck.KindIndividual, ""} {
			for _, order := range OrderKinds() {
				c := wholeCase(t)
				c.Site.Subject.Province, c.Site.Subject.Kind = domaincheck.Text(name), kind
				list := b.Preflight(o, c, order)
				seen := map[string]bool{}
				for i := range list.Conditions {
					x := &list.Conditions[i]
					key := x.ID + "|" + string(x.Target)
					if seen[key] || len(x.Clauses) == 0 || x.Code == "" || x.Severity.Rank() < 0 {
						t.Errorf("%s %s %s: %s is doubled or not whole: %+v", name, kind, order, key, x)
					}
					seen[key] = true
					if s := b.Say(x, "zh"); strings.Contains(s.Note, "{") || x.State == Unmet && (s.Note == "" || s.Fix == "") {
						t.Errorf("%s %s: %+v", name, x.ID, s)
					}
				}
				if order != domaincheck.OrderCancel && len(list.Papers) == 0 || len(list.Steps) == 0 {
					t.Errorf("%s %s %s: no papers or steps", name, kind, order)
				}
			}
		}
	}
}

func TestChecklistLoaderRefuses(t *testing.T) {
	read := func(name string) string {
		raw, err := checklistFiles.ReadFile("checklist/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	tests := []struct{ name, file, old, new string }{
		{"unknown key", "conditions.yaml", "    group: order\n", "    grope: order\n"},
		{"doubled id", "conditions.yaml", "id: order.kind", "id: order.province"},
		{"unknown judge", "conditions.yaml", "judge: province", "judge: nobody"},
		{"unknown rule", "conditions.yaml", "rule: domain.tld", "rule: domain.colour"},
		{"no citation", "conditions.yaml", "cite: \"004:78-79\"", "cite: \"\""},
		{"citation outside its text", "conditions.yaml", "004:78-79", "004:78-790"},
		{"missing code", "conditions.yaml", "      address: {", "      adress: {"},
		{"unknown order", "conditions.yaml", "orders: [cancel]", "orders: [dance]"},
		{"unknown layer", "conditions.yaml", "layer: law", "layer: rumour"},
		{"unknown condition", "materials.yaml", "when: law_firm", "when: raining"},
		{"upside-down limits", "materials.yaml", "max_bytes: 4194304", "max_bytes: 1"},
		{"step without orders", "materials.yaml", "{id: change.file, orders: [change]", "{id: change.file, orders: []"},
		{"no province", "approvals.yaml", "province: 四川", "province: 四川郡"},
		{"two documents", "materials.yaml", "steps:\n", "---\nsteps:\n"},
	}
	for _, tt := range tests {
		fsys := fstest.MapFS{}
		for _, name := range []string{"conditions.yaml", "approvals.yaml", "materials.yaml", "providers.yaml"} {
			text := read(name)
			if name == tt.file {
				changed := strings.Replace(text, tt.old, tt.new, 1)
				if tt.name == "unknown order" {
					changed = strings.Replace(text, "orders: [access]", tt.new, 1)
				}
				if changed == text {
					t.Fatalf("%s: nothing to change", tt.name)
				}
				text = changed
			}
			fsys["checklist/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
		if _, err := LoadOrders(fsys); err == nil {
			t.Errorf("%s: accepted", tt.name)
		} else if e, ok := domaincheck.ErrorIn(err); !ok || e.Code != domaincheck.CodeBadTable || !strings.Contains(string(e.Place), tt.file) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := LoadOrders(fstest.MapFS{}); err == nil {
		t.Error("an empty tree is accepted")
	}
}

func TestImageFaults(t *testing.T) {
	l := loadOrders(t).image
	const kb = 1024
	tests := []struct {
		file string
		head string
		size int64
		want string
	}{
		{"a.jpg", "\xff\xd8\xff\xe0", 200 * kb, ""},
		{"a.jpg", "\xff\xd8\xff\xe0", 200*kb - 1, "too_small"},
		{"a.JPEG", "\xff\xd8\xff\xe0", 4096 * kb, ""},
		{"a.png", "\x89PNG\r\n\x1a\n", 4096*kb + 1, "too_large"},
		{"a.gif", "GIF89a", 300 * kb, ""},
		{"a.jpg", "\x89PNG\r\n\x1a\n", 300 * kb, "renamed"},
		{"a.jpg", "%PDF-1.7", 300 * kb, "format"},
		{"a.webp", "RIFF\x00\x00\x00\x00WEBP", 300 * kb, "format"},
		{"a.png", "", 0, "format too_small"},
	}
	for _, tt := range tests {
		if got := strings.Join(l.Faults(tt.file, tt.size, []byte(tt.head)), " "); got != tt.want {
			t.Errorf("%s %d: %q, want %q", tt.file, tt.size, got, tt.want)
		}
	}
}

func TestVideoFaults(t *testing.T) {
	limits := []string{"MP4 AVI MPEG MOV WMV", "≤ 50 MB", "光线充足"}
	tests := []struct {
		head string
		size int64
		want string
	}{
		{"\x00\x00\x00\x18ftypisom", 50 << 20, ""},
		{"\x00\x00\x00\x14ftypqt  ", 1, ""},
		{"RIFF\x00\x00\x00\x00AVI ", 1, ""},
		{"\x30\x26\xb2\x75", 1, ""},
		{"\x00\x00\x01\xba", 1, ""},
		{"\x00\x00\x00\x18ftypisom", 50<<20 + 1, "too_large"},
		{"GIF89a", 1, "format"},
		{"\x00\x00\x00\x18ftypheic", 1, "format"},
	}
	for _, tt := range tests {
		if got := strings.Join(VideoFaults(limits, tt.size, []byte(tt.head)), " "); got != tt.want {
			t.Errorf("%q %d: %q, want %q", tt.head, tt.size, got, tt.want)
		}
	}
	c := wholeCase(t)
	c.Site.Subject.Province, c.Site.Subject.Kind = "江苏", domaincheck.KindIndividual
	for _, n := range realBook(t).Preflight(loadOrders(t), c, domaincheck.OrderFirst).Papers {
		if isVideo(n.Kind) && (n.Image || len(n.Limits) < 2) {
			t.Errorf("the video of 江苏 is %+v", n)
		}
	}
}

func TestPaperForReadsNames(t *testing.T) {
	unit := []PaperNeed{{Kind: "主办单位证件"}, {Kind: "主体负责人证件"}, {Kind: "网站负责人证件"}, {Kind: "授权委托书"}, {Kind: "法定代表人手持身份证照片"}}
	person := []PaperNeed{{Kind: "个人证件"}, {Kind: "居住证 或 房产证", AnyOf: [][]string{{"居住证"}, {"房产证"}}}}
	tests := []struct {
		file  string
		needs []PaperNeed
		want  string
	}{
		{"营业执照.jpg", unit, "主办单位证件"}, {"营业执照副本.jpg", unit, "主办单位证件"}, {"授权书-张三.png", unit, "授权委托书"},
		{"授权书扫描件.png", unit, "授权委托书"}, {"主办单位证件(1).gif", unit, "主办单位证件"}, {"法人身份证正面.jpg", unit, "主体负责人证件"},
		{"网站负责人护照.jpg", unit, "网站负责人证件"}, {"法定代表人手持身份证照片.jpg", unit, "法定代表人手持身份证照片"}, {"手持身份证.jpg", unit, ""},
		{"照片.jpg", unit, ""}, {"scan/居住证正面.jpg", person, "居住证"}, {"身份证反面.jpg", person, "个人证件"}, {"房产证.png", person, "房产证"}, {"营业执照.jpg", person, ""},
	}
	for _, tt := range tests {
		if got := PaperFor(tt.file, tt.needs); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.file, got, tt.want)
		}
	}
}

func BenchmarkPreflight(b *testing.B) {
	book, err := Default()
	if err != nil {
		b.Fatal(err)
	}
	orders, err := DefaultOrders()
	if err != nil {
		b.Fatal(err)
	}
	c := domaincheck.Case{Site: domaincheck.Site{
		Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}}, State: domaincheck.StateUnfiled,
		Subject: &domaincheck.Subject{Province: "广东", Kind: domaincheck.KindIndividual},
	}}
	for b.Loop() {
		book.Preflight(orders, c, domaincheck.OrderFirst)
	}
}
