package main

import (
	"reflect"
	"slices"

	"domaincheck"
	"domaincheck/inventory"
	"domaincheck/store"
)

// joinedSites are the sites of a document with the row of each. Rows that speak
// of one site without contradiction (example.cn and www.example.cn, each on a
// line) are one; those that contradict each other stay two, and the store
// refuses the second.
func joinedSites(doc inventory.Document) ([]domaincheck.Site, []inventory.Row) {
	var sites []domaincheck.Site
	var rows []inventory.Row
	at := map[string]int{}
	next := 0
	for _, r := range doc.Rows {
		if r.Kind != inventory.RowSite || r.Err != nil {
			continue
		}
		site := doc.Sites[next]
		next++
		i, again := at[site.MainDomain()]
		if again {
			if one, ok := joined(sites[i], site); ok {
				sites[i] = one
				continue
			}
		} else {
			at[site.MainDomain()] = len(sites)
		}
		sites, rows = append(sites, site), append(rows, r)
	}
	return sites, rows
}

// joined is what two entries of one site say together; false if they
// contradict each other.
func joined(a, b domaincheck.Site) (domaincheck.Site, bool) {
	hosts, home, tags := a.Hosts, a.Home, a.Tags
	for _, h := range b.Hosts {
		if !slices.Contains(hosts, h) {
			hosts = append(slices.Clip(hosts), h)
		}
	}
	for _, tag := range b.Tags {
		if !slices.Contains(tags, tag) {
			tags = append(slices.Clip(tags), tag)
		}
	}
	if home == "" {
		home = b.Home
	}
	into, from := reflect.ValueOf(&a).Elem(), reflect.ValueOf(b)
	for i := range into.NumField() {
		switch name := into.Type().Field(i).Name; {
		case name == "Hosts" || name == "Home" || name == "Tags" || from.Field(i).IsZero():
		case into.Field(i).IsZero():
			into.Field(i).Set(from.Field(i))
		case !reflect.DeepEqual(into.Field(i).Interface(), from.Field(i).Interface()):
			return a, false
		}
	}
	a.Hosts, a.Home, a.Tags = hosts, home, tags
	return a, true
}

// mergeLedger lays what is known under what a file says: a fact that the file
// does not name stays. Lists are replaced whole.
func mergeLedger(file, known store.Ledger) store.Ledger {
	sites := map[string]domaincheck.Site{}
	for _, site := range known.Sites {
		for _, d := range site.Domains {
			sites[d.Domain] = site
		}
	}
	subjects := map[domaincheck.Text]domaincheck.Subject{}
	for _, v := range known.Subjects {
		subjects[v.ID] = v
	}
	servers := map[domaincheck.Text]domaincheck.Server{}
	for _, v := range known.Servers {
		servers[v.ID] = v
	}
	out := store.Ledger{}
	for _, v := range file.Subjects {
		out.Subjects = append(out.Subjects, laid(v, subjects[v.ID]))
	}
	for _, v := range file.Servers {
		out.Servers = append(out.Servers, laid(v, servers[v.ID]))
	}
	for _, site := range file.Sites {
		was, ok := sites[site.MainDomain()]
		if !ok {
			out.Sites = append(out.Sites, site)
			continue
		}
		if site.Subject != nil && was.Subject != nil && (site.Subject.ID == "" || site.Subject.ID == was.Subject.ID) &&
			(site.Subject.Name == "" || was.Subject.Name == "" || site.Subject.Name == was.Subject.Name) {
			subject := laid(*site.Subject, *was.Subject)
			site.Subject = &subject
		}
		if len(site.Domains) == 1 {
			site.Domains = nil // a table has one column of names: the roles of further ones stay
		}
		out.Sites = append(out.Sites, laid(site, was))
	}
	return out
}

// laid is a noun with the fields that are not declared taken from another.
func laid[T any](over, under T) T {
	v, from := reflect.ValueOf(&over).Elem(), reflect.ValueOf(under)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			v.Field(i).Set(from.Field(i))
		}
	}
	return over
}
