package main

import (
	"bytes"
	"context"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/registrars"
	"domaincheck/sitecheck"
	"domaincheck/whoischeck"
)

func (p *program) inspectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inspect",
		Short: "What one part sees, as JSON (单项查看)",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.inspectPage(), p.inspectWHOIS(), p.inspectRDAP(), p.inspectIP(), p.inspectNumber(),
		p.inspectHolder(), p.inspectTLD(), p.inspectRegistrar())
	return cmd
}

func (p *program) inspectPage() *cobra.Command {
	var at, charset string
	cmd := &cobra.Command{
		Use:   "page FILE|URL|-",
		Short: "Record numbers, links, title … of a home page",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if charset != "" && !sitecheck.KnownCharset(charset) {
				return domaincheck.Errorf(domaincheck.CodeBadInput, "--charset", "%q names no encoding", charset).WithHint("such as utf-8, gb18030, gbk, big5")
			}
			if strings.HasPrefix(args[0], "http://") || strings.HasPrefix(args[0], "https://") {
				if charset != "" {
					return domaincheck.Errorf(domaincheck.CodeBadInput, "--charset", "is for a page in a file; one that is fetched has its header")
				}
				return p.fetchPage(cmd.Context(), args[0])
			}
			data, err := p.readInput(args[0])
			if err != nil {
				return err
			}
			world, err := p.openTables()
			if err != nil {
				return err
			}
			page := sitecheck.Parse(bytes.NewReader(data), sitecheck.ParseOptions{URL: at, Charset: charset, Signs: world.Signs})
			return p.printJSON(page)
		},
	}
	cmd.Flags().StringVar(&at, "url", "", "the `URL` the page was found at: relative links are read against it")
	cmd.Flags().StringVar(&charset, "charset", "", "declared `CHARSET`, as a Content-Type header would say")
	return cmd
}

// fetchPage looks at a page as a check does.
func (p *program) fetchPage(ctx context.Context, url string) error {
	target, err := domaincheck.ParseTarget(url)
	if err != nil {
		return err
	}
	world, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer world.Close()
	page := world.Pages.Look(ctx, sitecheck.Target{Domain: target.Domain, Home: url})
	return p.printJSON(page)
}

func (p *program) inspectWHOIS() *cobra.Command {
	return p.inspectAnswer("whois", "Registration data in a WHOIS answer", whoischeck.ParseWHOIS)
}

func (p *program) inspectRDAP() *cobra.Command {
	return p.inspectAnswer("rdap", "Registration data in an RDAP answer", whoischeck.ParseRDAP)
}

func (p *program) inspectAnswer(name, short string, parse func(string, []byte) *domaincheck.Registration) *cobra.Command {
	var domain string
	cmd := &cobra.Command{
		Use:   name + " FILE|- --domain DOMAIN",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			target, err := domaincheck.ParseTarget(domain)
			if err != nil {
				return domaincheck.Errorf(domaincheck.CodeBadInput, "--domain", "%w", err).WithHint("the domain that was asked about")
			}
			data, err := p.readInput(args[0])
			if err != nil {
				return err
			}
			return p.printJSON(parse(target.Domain, data))
		},
	}
	cmd.Flags().StringVar(&domain, "domain", "", "the `DOMAIN` that was asked about")
	_ = cmd.MarkFlagRequired("domain")
	return cmd
}

func (p *program) inspectIP() *cobra.Command {
	return &cobra.Command{
		Use:   "ip ADDRESS …",
		Short: "Country, ASN and provider of addresses",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			world, err := p.openTables()
			if err != nil {
				return err
			}
			addresses := make([]domaincheck.Address, 0, len(args))
			for _, arg := range args {
				ip, err := netip.ParseAddr(strings.Trim(arg, "[]"))
				if err != nil {
					return domaincheck.Errorf(domaincheck.CodeBadInput, "", "%q is not an IP address", arg).
						WithHint("for a domain, use: domaincheck " + arg)
				}
				addresses = append(addresses, world.Attribute(ip, nil))
			}
			return p.printJSON(addresses)
		},
	}
}

func (p *program) inspectNumber() *cobra.Command {
	return &cobra.Command{
		Use:   "number TEXT",
		Short: "Record numbers (备案号) in a text",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			numbers := domaincheck.List[domaincheck.Number](icp.Find(strings.Join(args, " ")))
			return p.printJSON(numbers)
		},
	}
}

func (p *program) inspectHolder() *cobra.Command {
	return &cobra.Command{
		Use:   "holder A B",
		Short: "Are two names of persons or companies the same?",
		Args:  cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			world, err := p.openTables()
			if err != nil {
				return err
			}
			return p.printJSON(world.Names.Compare(args[0], args[1]))
		},
	}
}

func (p *program) inspectTLD() *cobra.Command {
	return &cobra.Command{
		Use:   "tld SUFFIX",
		Short: "Is a top-level domain approved by MIIT?",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			world, err := p.openTables()
			if err != nil {
				return err
			}
			return p.printJSON(world.TLDs.Lookup(args[0]))
		},
	}
}

func (p *program) inspectRegistrar() *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use:   "registrar NAME [--iana-id N]",
		Short: "Is a registrar approved by MIIT?",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && id == "" {
				return domaincheck.Errorf(domaincheck.CodeBadInput, "", "neither a NAME nor --iana-id is given")
			}
			world, err := p.openTables()
			if err != nil {
				return err
			}
			return p.printJSON(registrarView(world.Registrars, strings.Join(args, " "), id))
		},
	}
	cmd.Flags().StringVar(&id, "iana-id", "", "IANA registrar id `N`")
	return cmd
}

// registrarView is the row of the table that a name or id matches; all but the
// question is null when the table does not hold it, and approval is unknown.
func registrarView(table *registrars.Table, name, id string) map[string]any {
	m := table.Match(name, id)
	view := map[string]any{
		"name": domaincheck.Text(name), "iana_id": domaincheck.Text(id), "approved": m.Approved,
		"by": domaincheck.Text(m.By), "via": domaincheck.Text(m.Via), "conflict": m.Conflict, "row": m.Row,
		"sources": []string{}, "as_of": table.Version(), "id": nil, "name_zh": nil, "country": nil, "note": nil,
	}
	if m.Row != nil {
		view["id"], view["name_zh"], view["country"] = m.Row.ID, domaincheck.Text(m.Row.NameZH), domaincheck.Text(m.Row.Country)
		view["note"], view["sources"] = domaincheck.Text(m.Row.Note), m.Row.Sources
	}
	return view
}
