package main

import (
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/config"
)

// fit refuses facts of the command line that can be no facts of these sites: a
// host outside of all their domains, a provider whose name is misspelt.
func (p *program) fit(f *factFlags, world *check.World, rows []check.Row) error {
	for _, host := range f.hosts {
		if !slices.ContainsFunc(rows, func(r check.Row) bool { return r.Err != nil || hostFits(host, r.Job.Site) }) {
			domain := rows[0].Job.Site.MainDomain()
			return domaincheck.Errorf(domaincheck.CodeBadInput, "--host", "%q is no host of %s", host, domain).
				WithHint("give a label such as api, or the full name below the domain: api." + domain)
		}
	}
	return p.knownProvider(f.provider, world)
}

// hostFits tells whether a host is one of a site's: @, labels below its domain,
// or a full name below one of its domains. Labels that would be a name of their
// own elsewhere (other.com) are not taken for labels, but for www.
func hostFits(host string, site domaincheck.Site) bool {
	if site.MainDomain() == "" {
		return true // a ledger says which
	}
	host = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(host)), ".")
	if host == "@" {
		return true
	}
	if t, err := domaincheck.ParseTarget(host); err == nil {
		if hasDomain(site, t.Domain) {
			return true
		}
		if t.Host != "" || t.IsIP() || !strings.HasPrefix(host, "www.") {
			return false
		}
	}
	t, err := domaincheck.ParseTarget(host + "." + site.MainDomain())
	return err == nil && t.URL == ""
}

// knownProvider looks a provider up. One that is in no table is taken, since
// there are more access providers than any table holds; but not one letter
// away from a known one, for no address would ever belong to it.
func (p *program) knownProvider(name string, world *check.World) error {
	if name == "" || world.Providers.ID(name) != "" {
		return nil
	}
	if near := config.Nearest(name, world.Providers.IDs()); near != "" {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "--provider", "there is no provider %q", name).
			WithHint("did you mean " + near + "?")
	}
	p.note(p.say("--provider %q：服务商表里没有，按自有接入商处理：没有地址会归到它（表中有 %s 等）", "--provider %q: not in the table of providers, and taken for one of its own: no address will be said to be its (the table has %s …)"),
		name, strings.Join(firstFew(world.Providers.IDs()), p.say("、", ", ")))
	return nil
}

// firstFew are some providers that people know, to show how they are written.
func firstFew(ids []string) []string {
	known := []string{"aliyun", "tencent", "huawei", "baidu"}
	return slices.DeleteFunc(known, func(id string) bool { return !slices.Contains(ids, id) })
}
