package main

import (
	"reflect"

	"domaincheck"
	"domaincheck/store"
)

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
