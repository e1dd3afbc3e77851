package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/pflag"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/inventory"
)

// factFlags are the facts of a site that is in no ledger.
type factFlags struct {
	subjectName, kind, province, legalRepresentative string
	recordNumber, siteName, provider, state, filedOn string
	holder, file                                     string
	hosts                                            []string
}

func (f *factFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.subjectName, "subject-name", "", "filing subject (主办单位) `NAME`")
	flags.StringVar(&f.kind, "kind", "", "subject is a unit|individual")
	flags.StringVar(&f.province, "province", "", "`PROVINCE` of the filing: 上海, 广东 …")
	flags.StringVar(&f.legalRepresentative, "legal-representative", "", "legal representative's `NAME`")
	flags.StringVar(&f.recordNumber, "record-number", "", "record `NUMBER` of the site (备案号)")
	flags.StringVar(&f.siteName, "site-name", "", "filed site `NAME`")
	flags.StringVar(&f.provider, "provider", "", "access `PROVIDER` (接入商): aliyun, 腾讯云 …")
	flags.StringVar(&f.state, "state", "", "unfiled|not_required|filing|filed|cancelled")
	flags.StringVar(&f.filedOn, "filed-on", "", "`DATE` of the filing")
	flags.StringVar(&f.holder, "holder", "", "registrant `NAME` as the owner knows it")
	flags.StringArrayVar(&f.hosts, "host", nil, "further `HOST` to look at (repeatable)")
	flags.StringVar(&f.file, "facts", "", "`FILE.yaml` with one site of the ledger format")
}

// readableNumbers refuses record numbers that cannot be read.
func readableNumbers(site *domaincheck.Site, file string) error {
	numbers := map[string]domaincheck.Text{"record_number": site.RecordNumber}
	if site.Subject != nil {
		numbers["subject.record_number"] = site.Subject.RecordNumber
	}
	for _, name := range []string{"record_number", "subject.record_number"} {
		if n := numbers[name]; n != "" {
			if err := icp.CheckNumber(string(n)); err != nil {
				return domaincheck.Errorf(domaincheck.CodeBadInput, file, "%s: %w", name, err)
			}
		}
	}
	return nil
}

// site is what the flags declare: the entry of --facts with the single flags
// laid over it. Its domains are empty unless the file names some.
func (f *factFlags) site() (domaincheck.Site, error) {
	var site domaincheck.Site
	if f.file != "" {
		data, err := readFile(f.file)
		if err != nil {
			return site, err
		}
		if site, err = inventory.ReadSite(data, f.file); err != nil {
			return site, err
		}
		if err := readableNumbers(&site, f.file); err != nil {
			return site, err
		}
	}
	if err := f.subject(&site); err != nil {
		return site, err
	}
	if f.recordNumber != "" {
		n, err := icp.ParseNumber(f.recordNumber)
		if err != nil {
			return site, domaincheck.Errorf(domaincheck.CodeBadInput, "--record-number", "%w", err)
		}
		site.RecordNumber = domaincheck.Text(n.Number)
	}
	if f.siteName != "" {
		site.Name = domaincheck.Text(f.siteName)
	}
	if f.provider != "" {
		site.Access = domaincheck.List[domaincheck.Access]{{Provider: f.provider, State: domaincheck.AccessActive}}
	}
	if f.holder != "" {
		site.Holder = &domaincheck.Holder{Name: domaincheck.Text(f.holder)}
	}
	if f.filedOn != "" {
		on, err := domaincheck.ParseDate(f.filedOn)
		if err != nil {
			return site, domaincheck.Errorf(domaincheck.CodeBadInput, "--filed-on", "%w", err)
		}
		site.FiledOn = on
	}
	if f.state != "" {
		state, ok, err := inventory.Meaning("state", f.state)
		if err != nil {
			return site, cannot(err)
		}
		if !ok {
			return site, badFlag("state", f.state, "unfiled, not_required, filing, filed or cancelled")
		}
		site.State = domaincheck.SiteState(state)
	}
	site.Hosts = append(slices.Clip(site.Hosts), f.hosts...)
	return site, nil
}

func (f *factFlags) subject(site *domaincheck.Site) error {
	if f.subjectName == "" && f.kind == "" && f.province == "" && f.legalRepresentative == "" {
		return nil
	}
	var subject domaincheck.Subject
	if site.Subject != nil {
		subject = *site.Subject
	}
	if f.subjectName != "" {
		subject.Name = domaincheck.Text(f.subjectName)
	}
	if f.legalRepresentative != "" {
		subject.LegalRepresentative = domaincheck.Text(f.legalRepresentative)
	}
	if f.kind != "" {
		kind, ok, err := inventory.Meaning("kind", f.kind)
		if err != nil {
			return cannot(err)
		}
		if !ok {
			return badFlag("kind", f.kind, "unit or individual")
		}
		subject.Kind = domaincheck.Kind(kind)
	}
	if f.province != "" {
		province, ok := icp.ProvinceByName(f.province)
		if !ok {
			return badFlag("province", f.province, "a mainland province, such as 上海")
		}
		subject.Province = domaincheck.Text(province.Name)
	}
	site.Subject = &subject
	return nil
}

// foreignFacts says so when facts of another domain are laid on this one, which
// may be meant (a second domain of the same subject) or be the wrong file.
func (p *program) foreignFacts(f *factFlags, facts domaincheck.Site, target domaincheck.Target) {
	if len(facts.Domains) == 0 || hasDomain(facts, target.Domain) || p.global.quiet {
		return
	}
	fmt.Fprintf(p.err, p.say("%s：这是 %s 的事实，现用于 %s\n", "%s: these are the facts of %s, used for %s here\n"),
		f.file, facts.MainDomain(), target.Domain)
}

// siteOf is the site that a target on the command line means, with the facts
// declared by flags.
func siteOf(target domaincheck.Target, facts domaincheck.Site) domaincheck.Site {
	site := facts
	if !slices.ContainsFunc(site.Domains, func(d domaincheck.Domain) bool { return d.Domain == target.Domain }) {
		site.Domains = domaincheck.List[domaincheck.Domain]{{Domain: target.Domain, Role: domaincheck.RoleMain}}
	}
	if target.Host != "" && !slices.Contains(site.Hosts, target.Host) {
		site.Hosts = append(slices.Clone(site.Hosts), target.Host)
	}
	return site
}

func readFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, path, "cannot be read: %w", err)
	}
	return data, nil
}
