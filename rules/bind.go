package rules

import "domaincheck"

// IDs lists the rule ids in the order of findings. They are a promise.
func IDs() []string {
	return []string{
		"domain.registered", "domain.tld", "domain.registrar", "domain.domestic", "domain.term", "domain.expiry", "domain.status",
		"domain.real_name", "domain.holder", "domain.privacy", "domain.changed",
		"access.unfiled", "access.resolves", "access.mainland", "access.provider", "access.address", "access.delegation",
		"server.type", "server.region", "server.term", "server.bandwidth", "server.codes", "server.expiry",
		"site.reachable", "site.blocked", "site.parked", "site.number", "site.number_matches", "site.link", "site.police",
		"site.copyright", "site.title", "site.category", "site.tls", "site.traffic",
		"subject.count", "subject.identity", "subject.state", "subject.contact",
		"record.exists", "record.matches", "record.stale",
		"notice.deadline", "watch.stale",
	}
}

// bind gives the rule its function and its scope.
func (r *Rule) bind() error {
	switch r.ID {
	case "domain.registered":
		r.domain = domainRegistered
	case "domain.tld":
		r.domain = domainTLD
	case "domain.registrar":
		r.domain = domainRegistrar
	case "domain.domestic":
		r.domain = domainDomestic
	case "domain.term":
		r.domain = domainTerm
	case "domain.expiry":
		r.domain = domainExpiry
	case "domain.status":
		r.domain = domainStatus
	case "domain.real_name":
		r.domain = domainRealName
	case "domain.holder":
		r.domain = domainHolder
	case "domain.privacy":
		r.domain = domainPrivacy
	case "domain.changed":
		r.domain = domainChanged
	case "access.unfiled":
		r.domain, r.addresses = accessUnfiled, true
	case "access.resolves":
		r.domain = accessResolves
	case "access.mainland":
		r.domain, r.addresses = accessMainland, true
	case "access.provider":
		r.domain, r.addresses = accessProvider, true
	case "access.address":
		r.domain, r.addresses = accessAddress, true
	case "access.delegation":
		r.domain = accessDelegation
	case "watch.stale":
		r.domain, r.addresses = watchStale, true
	default:
		return r.bindRest()
	}
	return nil
}

func (r *Rule) bindRest() error {
	page := func(f func(*eval, *view) outcome) { r.domain, r.addresses, r.pageRule = f, true, true }
	site := func(f func(*eval) outcome) { r.site, r.scope = f, perSite }
	server := func(f func(*eval, *domaincheck.Server) outcome) { r.server, r.scope = f, perServer }
	switch r.ID {
	case "server.type":
		server(serverType)
	case "server.region":
		server(serverRegion)
	case "server.term":
		server(serverTerm)
	case "server.bandwidth":
		server(serverBandwidth)
	case "server.codes":
		server(serverCodes)
	case "server.expiry":
		server(serverExpiry)
	case "site.reachable":
		page(siteReachable)
	case "site.blocked":
		page(siteBlocked)
	case "site.parked":
		page(siteParked)
	case "site.number":
		page(siteNumberShown)
	case "site.number_matches":
		page(siteNumberMatches)
	case "site.link":
		page(siteLink)
	case "site.police":
		page(sitePolice)
	case "site.copyright":
		page(siteCopyright)
	case "site.title":
		page(siteTitle)
	case "site.category":
		page(siteCategory)
	case "site.tls":
		page(siteTLS)
	case "site.traffic":
		site(siteTraffic)
	case "subject.count":
		site(subjectCount)
	case "subject.identity":
		site(subjectIdentity)
	case "subject.state":
		site(subjectState)
	case "subject.contact":
		site(subjectContact)
	case "record.exists":
		site(recordExists)
	case "record.matches":
		site(recordMatches)
	case "record.stale":
		site(recordStale)
	case "notice.deadline":
		site(noticeDeadline)
	default:
		return badTable("the engine knows no such rule")
	}
	return nil
}
