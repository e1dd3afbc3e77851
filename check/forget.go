package check

import "domaincheck"

// Forget takes back what an earlier judgement inferred about a site, so that a
// stored report is judged from declared facts only. Names are those of
// [domaincheck.Report].Inferred; unknown ones are passed over.
func Forget(site domaincheck.Site, inferred []string) domaincheck.Site {
	for _, name := range inferred {
		switch name {
		case "state":
			site.State = ""
		case "subject.province":
			if site.Subject != nil {
				subject := *site.Subject
				subject.Province = ""
				site.Subject = &subject
			}
		}
	}
	return site
}
