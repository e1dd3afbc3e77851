package inventory

import (
	"fmt"
	"reflect"
	"strings"

	"domaincheck"
)

// loader builds a document, whatever the format.
type loader struct {
	o       Options
	w       *words
	d       *decoder
	doc     Document
	subject map[string]int // id, and name where it is the only one → index
	server  map[string]int
	shared  map[string]*domaincheck.Subject // of site sheets, by id or name
}

func (l *loader) words() *words {
	if l.w == nil {
		w, err := loadWords(wordsFile)
		if err != nil { // the embedded file is checked by a test
			w = &words{sections: map[string]map[string]string{}}
		}
		l.w = w
	}
	return l.w
}

func (l *loader) decoder(loose bool) *decoder {
	if l.d == nil {
		l.d = &decoder{o: l.o, words: l.words(), privacy: newPrivacy()}
		l.subject, l.server, l.shared = map[string]int{}, map[string]int{}, map[string]*domaincheck.Subject{}
	}
	l.d.loose = loose
	return l.d
}

func (l *loader) finish(err error) (Document, error) {
	if err != nil {
		return Document{}, err
	}
	l.countSiblings()
	return l.doc, nil
}

// countSiblings counts the sites of each subject, and their domains' first
// labels: example.cn and example.com have one prefix. Subjects are told apart
// by id, else by name.
func (l *loader) countSiblings() {
	type count struct {
		sites    int
		prefixes map[string]bool
	}
	counts := map[string]*count{}
	key := func(s *domaincheck.Subject) string {
		if s.ID != "" {
			return "id " + string(s.ID)
		}
		return "name " + string(s.Name)
	}
	each := func(do func(r *Row, c *count)) {
		for i := range l.doc.Rows {
			r := &l.doc.Rows[i]
			if r.Err != nil || r.Site == nil || r.Site.Subject == nil || r.Site.Subject.ID == "" && r.Site.Subject.Name == "" {
				continue
			}
			k := key(r.Site.Subject)
			if counts[k] == nil {
				counts[k] = &count{prefixes: map[string]bool{}}
			}
			do(r, counts[k])
		}
	}
	each(func(r *Row, c *count) {
		c.sites++
		for _, d := range r.Site.Domains {
			label, _, _ := strings.Cut(d.Domain, ".")
			c.prefixes[label] = true
		}
	})
	each(func(r *Row, c *count) {
		r.Siblings = &domaincheck.Siblings{Sites: c.sites, DomainPrefixes: len(c.prefixes)}
	})
}

// readText reads one name a line; # begins a comment.
func (l *loader) readText(text string) error {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if i := strings.Index(line, " #"); i >= 0 {
			line = strings.TrimSpace(line[:i])
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		l.addName(fmt.Sprintf("%s:%d", l.o.Name, n), line)
	}
	if len(l.doc.Rows) == 0 {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, l.o.Name, "there is no domain in it, only comments")
	}
	return nil
}

// addName adds a site of which nothing but a name is known.
func (l *loader) addName(place, name string) {
	t, err := domaincheck.ParseTarget(name)
	row := Row{Kind: RowSite, Place: place, Input: t.Input, Target: t}
	if err != nil {
		e := *domaincheck.AsError(err, domaincheck.CodeBadInput, "")
		e.Place, e.Err = domaincheck.Text(place), domaincheck.CodeBadInput
		row.Err = &e
		l.doc.Rows = append(l.doc.Rows, row)
		return
	}
	site := domaincheck.Site{Domains: domaincheck.List[domaincheck.Domain]{{Domain: t.Domain, Role: domaincheck.RoleMain}}, Home: domaincheck.Text(t.URL)}
	addHost(&site, t)
	row.Input = domaincheck.WithoutUser(name)
	l.doc.Sites = append(l.doc.Sites, site)
	l.doc.Rows = append(l.doc.Rows, row)
}

// addHost adds the sub-domain that was given to the hosts looked at.
func addHost(site *domaincheck.Site, t domaincheck.Target) {
	if t.Host == "" {
		return
	}
	label := strings.TrimSuffix(t.Host, "."+t.Domain)
	if t.Domain != site.MainDomain() {
		label = t.Host
	}
	for _, h := range site.Hosts {
		if h == label || h == t.Host {
			return
		}
	}
	site.Hosts = append(site.Hosts, label)
}

func (l *loader) addSite(row Row, site domaincheck.Site) {
	row.Site = &site
	if row.Err == nil {
		l.doc.Sites = append(l.doc.Sites, site)
	}
	l.doc.Rows = append(l.doc.Rows, row)
}

// readYAML reads a document, a list of sites, or a single site.
func (l *loader) readYAML(data []byte) error {
	if len(data) > 2*pieceBytes && l.inPieces(data, pieceBytes) {
		return nil
	}
	root, err := parseTree(l.o.Name, data)
	if err != nil {
		return err
	}
	d := l.decoder(false)
	switch {
	case root.kind == listNode:
		l.entries(root, RowSite)
	case root.kind == mapNode && (root.get("sites") != nil || root.get("subjects") != nil || root.get("servers") != nil):
		for _, e := range root.keys {
			if e.key != "sites" && e.key != "subjects" && e.key != "servers" {
				d.unknownKey(e, "", []string{"subjects", "servers", "sites"})
				return d.take()
			}
			if e.value.kind != listNode && e.value.kind != nullNode {
				return domaincheck.Errorf(domaincheck.CodeBadInput, e.value.place, "%s is a list, each entry of which begins with a dash", e.key)
			}
		}
		l.entries(root.get("subjects"), RowSubject)
		l.entries(root.get("servers"), RowServer)
		l.entries(root.get("sites"), RowSite)
	case root.kind == mapNode:
		l.entries(&node{kind: listNode, items: []*node{root}}, RowSite)
	default:
		return domaincheck.Errorf(domaincheck.CodeBadInput, root.place, "an inventory has subjects, servers and sites; this is %s", root.what()).WithHint("begin with \"sites:\", or name the file .txt if it holds one domain a line")
	}
	if len(l.doc.Rows) == 0 {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, l.o.Name, "the inventory has no entries")
	}
	return nil
}

func (l *loader) entries(list *node, kind RowKind) {
	if list == nil {
		return
	}
	for _, n := range list.items {
		switch kind {
		case RowSubject:
			l.subjectEntry(n)
		case RowServer:
			l.serverEntry(n)
		default:
			l.siteEntry(n, Row{Kind: RowSite, Place: n.place})
		}
	}
}

func (l *loader) subjectEntry(n *node) {
	d := l.decoder(l.d.loose)
	var s domaincheck.Subject
	d.value(n, reflect.ValueOf(&s).Elem(), "subjects")
	row := Row{Kind: RowSubject, Place: n.place, Input: clip(string(s.ID))}
	id := string(s.ID)
	if id == "" && d.loose {
		id = string(s.Name)
		s.ID = s.Name
		row.Input = clip(id)
	}
	switch _, twice := l.subject[id]; {
	case id == "":
		d.fail(n, domaincheck.CodeBadInput, "give id: a short word that sites refer to", "the subject has no id")
	case twice:
		d.fail(n, domaincheck.CodeBadInput, "each subject has an id of its own", "the subject %q is there twice", clip(id))
	}
	if row.Err = d.take(); row.Err == nil {
		l.subject[id] = len(l.doc.Subjects)
		if _, taken := l.subject[string(s.Name)]; !taken && s.Name != "" {
			l.subject[string(s.Name)] = len(l.doc.Subjects)
		}
		l.doc.Subjects = append(l.doc.Subjects, s)
	}
	l.doc.Rows = append(l.doc.Rows, row)
}

func (l *loader) serverEntry(n *node) {
	d := l.decoder(l.d.loose)
	var s domaincheck.Server
	d.value(n, reflect.ValueOf(&s).Elem(), "servers")
	row := Row{Kind: RowServer, Place: n.place, Input: clip(string(s.ID))}
	id := string(s.ID)
	switch _, twice := l.server[id]; {
	case id == "":
		d.fail(n, domaincheck.CodeBadInput, "give id: a short word that sites refer to", "the server has no id")
	case twice:
		d.fail(n, domaincheck.CodeBadInput, "each server has an id of its own", "the server %q is there twice", clip(id))
	}
	if row.Err = d.take(); row.Err == nil {
		l.server[id] = len(l.doc.Servers)
		l.doc.Servers = append(l.doc.Servers, s)
	}
	l.doc.Rows = append(l.doc.Rows, row)
}

// siteEntry decodes one site and adds it with its row.
func (l *loader) siteEntry(n *node, row Row) {
	d := l.decoder(l.d.loose)
	site, hosts := l.site(n)
	if row.Input == "" && len(hosts) > 0 {
		row.Input = hosts[0].Input
	}
	if len(hosts) > 0 {
		row.Target = hosts[0]
	}
	if len(site.Domains) == 0 && len(d.errs) == 0 {
		d.fail(n, domaincheck.CodeBadInput, "give domain: example.cn", "the site has no domain")
	}
	row.Err = d.take()
	l.addSite(row, site)
}

// site decodes one site; the targets are those of its domains as written.
func (l *loader) site(n *node) (domaincheck.Site, []domaincheck.Target) {
	d := l.d
	var site domaincheck.Site
	if n.kind == scalarNode {
		n = &node{kind: mapNode, place: n.place, keys: []entry{{"domain", n.place, n}}}
	}
	if n.kind != mapNode {
		d.fail(n, domaincheck.CodeBadInput, "give domain: example.cn", "a site is a domain or names and values, not %s", n.what())
		return site, nil
	}
	rest := &node{kind: mapNode, place: n.place}
	var written []string
	for _, e := range n.keys {
		switch e.key {
		case "domain":
			if n.get("domains") != nil {
				d.fail(e.value, domaincheck.CodeBadInput, "", "a site has either domain or domains")
			}
			rest.keys = append(rest.keys, entry{"domains", e.place, e.value})
		case "providers":
			if n.get("access") != nil {
				d.fail(e.value, domaincheck.CodeBadInput, "", "a site has either providers or access")
			}
			rest.keys = append(rest.keys, entry{"access", e.place, e.value})
		case "subject":
			l.subjectOf(e.value, &site)
		case "servers":
			l.serversOf(e.value, &site)
		case "siblings": // of a report's site: counts, not facts of the ledger
		default:
			rest.keys = append(rest.keys, e)
		}
	}
	if domains := rest.get("domains"); domains != nil {
		written = namesIn(d, domains)
	}
	d.structure(rest, reflect.ValueOf(&site).Elem(), "")
	var targets []domaincheck.Target
	for _, name := range written {
		t, err := domaincheck.ParseTarget(name)
		targets = append(targets, t)
		if err == nil {
			addHost(&site, t)
		}
	}
	l.roles(n, &site)
	l.hosts(n, &site)
	return site, targets
}

// namesIn gives the names of a domains list as they were written.
func namesIn(d *decoder, n *node) []string {
	if d.loose && n.kind == scalarNode {
		var list domaincheck.List[domaincheck.Domain]
		if n = (&decoder{words: d.words, loose: true}).cellTree(n, reflect.ValueOf(&list).Elem(), "domains"); n == nil {
			return nil
		}
	}
	items := n.items
	if n.kind != listNode {
		items = []*node{n}
	}
	var out []string
	for _, item := range items {
		if inner := item.get("domain"); inner != nil {
			item = inner
		}
		if item.kind == scalarNode {
			out = append(out, item.text)
		}
	}
	return out
}

// roles gives each domain a role, and refuses a domain that is there twice.
func (l *loader) roles(n *node, site *domaincheck.Site) {
	main := false
	for _, dom := range site.Domains {
		main = main || dom.Role == domaincheck.RoleMain
	}
	var kept domaincheck.List[domaincheck.Domain]
	seen := map[string]bool{}
	for _, dom := range site.Domains {
		if dom.Role == "" && !main {
			dom.Role, main = domaincheck.RoleMain, true
		} else if dom.Role == "" {
			dom.Role = domaincheck.RoleAlias
		}
		if seen[dom.Domain] {
			continue // www.example.cn beside example.cn: one domain, two hosts
		}
		seen[dom.Domain] = true
		kept = append(kept, dom)
	}
	site.Domains = kept
}

// hosts checks the declared hosts: "@", labels below the domain, or full names
// below one of the site's domains.
func (l *loader) hosts(n *node, site *domaincheck.Site) {
	main := site.MainDomain()
	if main == "" { // facts of a site that is named elsewhere: any domain will do to check labels
		main = "example.com"
	}
	for i, h := range site.Hosts {
		h = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(h)), ".")
		if h == "@" {
			continue
		}
		full := h
		if !below(h, site.Domains) {
			full = h + "." + main
		}
		t, err := domaincheck.ParseTarget(full)
		if err != nil || t.IsIP() || t.URL != "" {
			place := n
			if hn := n.get("hosts"); hn != nil {
				place = hn
			}
			l.d.fail(place, domaincheck.CodeBadInput, `give "@", www, or a full name below the domain`, "hosts: %q is no host of %s", clip(h), clip(site.MainDomain()))
			continue
		}
		if full != h && t.Host != "" {
			h = strings.TrimSuffix(t.Host, "."+t.Domain)
		} else if t.Host != "" {
			h = t.Host
		} else {
			h = t.Domain
		}
		site.Hosts[i] = h
	}
}

func below(host string, domains []domaincheck.Domain) bool {
	t, err := domaincheck.ParseTarget(host)
	if err != nil {
		return false
	}
	for _, d := range domains {
		if t.Domain == d.Domain {
			return true
		}
	}
	return false
}

// subjectOf follows a reference by id (or an unambiguous name), or decodes an
// inlined subject.
func (l *loader) subjectOf(n *node, site *domaincheck.Site) {
	if l.d.loose && n.kind == scalarNode && strings.HasPrefix(strings.TrimSpace(n.text), "{") {
		if n = l.d.cellTree(n, reflect.ValueOf(&domaincheck.Subject{}).Elem(), "subject"); n == nil {
			return
		}
		l.d.loose = false
		defer func() { l.d.loose = true }()
	}
	switch n.kind {
	case nullNode:
	case scalarNode:
		i, ok := l.subject[strings.TrimSpace(n.text)]
		if !ok {
			l.d.fail(n, domaincheck.CodeBadInput, "list it under subjects, or write its facts here", "there is no subject with the id %q", clip(n.text))
			return
		}
		s := l.doc.Subjects[i]
		site.Subject = &s
	default:
		var s domaincheck.Subject
		l.d.value(n, reflect.ValueOf(&s).Elem(), "subject")
		site.Subject = &s
	}
}

func (l *loader) serversOf(n *node, site *domaincheck.Site) {
	if l.d.loose && n.kind == scalarNode {
		strict := bracketed(n.text)
		if n = l.d.cellTree(n, reflect.ValueOf(&site.Servers).Elem(), "servers"); n == nil {
			return
		}
		l.d.loose = !strict
		defer func() { l.d.loose = true }()
	}
	items := n.items
	if n.kind != listNode {
		items = []*node{n}
	}
	for _, item := range items {
		switch item.kind {
		case nullNode:
		case scalarNode:
			i, ok := l.server[strings.TrimSpace(item.text)]
			if !ok {
				l.d.fail(item, domaincheck.CodeBadInput, "list it under servers, or write its facts here", "there is no server with the id %q", clip(item.text))
				continue
			}
			site.Servers = append(site.Servers, l.doc.Servers[i])
		default:
			var s domaincheck.Server
			l.d.value(item, reflect.ValueOf(&s).Elem(), "servers")
			site.Servers = append(site.Servers, s)
		}
	}
}
