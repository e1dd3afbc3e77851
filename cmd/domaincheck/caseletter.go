package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/desk"
	"domaincheck/present"
	"domaincheck/store"
)

//go:embed letter.zh.txt
var letterZH string

//go:embed letter.en.txt
var letterEN string

// letter is what a notice letter is made of: one customer, all of its cases.
type letter struct {
	Customer string
	Subjects []string
	Contacts []string // on record: name, role, address of e-mail
	Date     string
	Cases    []letterCase
}

type letterCase struct {
	ID                           int64
	Domain, Kind, State, Due     string
	Subject, Number, Note, Owner string
}

func (p *program) caseLetterCommand() *cobra.Command {
	var c caseFlags
	cmd := &cobra.Command{
		Use: "letter -o FOLDER", Short: "Notice letters, one a customer, from a template (整改通知书)", Args: cobra.NoArgs,
		Long: `Writes a letter for each customer with open cases: all of them, their due dates, the contacts on record.
--template FILE is a text/template over .Customer .Subjects .Contacts .Date and .Cases (each with .ID .Domain
.Kind .State .Due .Subject .Number .Note .Owner); without it the built-in one is used. Nothing is sent, and no
case changes its state: cases set ID --to notified does that.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.letters(cmd.Context(), c) },
	}
	f := cmd.Flags()
	f.StringVarP(&c.out, "output", "o", "", "`FOLDER` to write into; required")
	f.StringVar(&c.template, "template", "", "`FILE` of a template")
	f.StringVar(&c.kind, "kind", "", "only cases of this `KIND`")
	f.StringVar(&c.customer, "customer", "", "only this `CUSTOMER`")
	return cmd
}

func (p *program) letters(ctx context.Context, c caseFlags) error {
	if c.out == "" {
		return badFlag("output", "", "the folder to write into")
	}
	text, name := p.say(letterZH, letterEN), "template"
	if c.template != "" {
		data, err := os.ReadFile(c.template)
		if err != nil {
			return domaincheck.Errorf(domaincheck.CodeUnreadable, c.template, "cannot be read: %w", err)
		}
		text, name = string(data), c.template
	}
	form, err := template.New(filepath.Base(name)).Option("missingkey=error").Parse(text)
	if err != nil {
		return domaincheck.Errorf(domaincheck.CodeBadInput, name, "is no template: %w", err)
	}
	db, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := everyCase(ctx, db, store.CaseQuery{Open: true, Kind: c.kind, Customer: c.customer, Limit: 1000})
	if err != nil {
		return err
	}
	byCustomer := map[string]*letter{}
	for _, k := range all {
		if err := p.addToLetter(ctx, db, byCustomer, k); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(c.out, 0o700); err != nil {
		return cannot(domaincheck.Errorf(domaincheck.CodeUnreadable, c.out, "cannot be made: %w", err))
	}
	customers := make([]string, 0, len(byCustomer))
	for customer := range byCustomer {
		customers = append(customers, customer)
	}
	slices.Sort(customers)
	for i, customer := range customers {
		var b bytes.Buffer
		if err := form.Execute(&b, byCustomer[customer]); err != nil {
			return domaincheck.Errorf(domaincheck.CodeBadInput, name, "cannot be filled in: %w", err)
		}
		path := filepath.Join(c.out, fmt.Sprintf("%03d-%s.txt", i+1, fileName(customer)))
		if err := p.writeOut(path, b.Bytes()); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.out, p.say("%d 封通知书，写在 %s\n", "%d letters in %s\n"), len(customers), c.out)
	return nil
}

// addToLetter adds a case to the letter of its customer: the customer on
// record, else the subject, else the domain itself.
func (p *program) addToLetter(ctx context.Context, db *store.Store, all map[string]*letter, k store.Case) error {
	row := letterCase{
		ID: k.ID, Domain: domaincheck.Unicode(k.Domain), Kind: kindName(k.Kind, p.global.lang), State: desk.CaseState(string(k.State), p.global.lang),
		Due: k.Due.String(), Note: k.Note, Owner: k.Owner,
	}
	var subject *domaincheck.Subject
	if k.Site != "" {
		m, err := db.Load(ctx, k.Site)
		switch {
		case err == nil:
			subject, row.Number = m.Site.Subject, string(m.Site.RecordNumber)
		case !errors.Is(err, store.CodeNotFound):
			return storeError(err)
		}
	}
	if subject != nil {
		row.Subject = string(subject.Name)
	}
	customer := cmp.Or(k.Customer, row.Subject, row.Domain)
	l := all[customer]
	if l == nil {
		l = &letter{Customer: customer, Date: domaincheck.DateOf(db.Now()).String()}
		all[customer] = l
	}
	l.Cases = append(l.Cases, row)
	if subject != nil && !slices.Contains(l.Subjects, row.Subject) {
		l.Subjects = append(l.Subjects, row.Subject)
		for _, contact := range subject.Contacts {
			var parts []string
			for _, t := range []domaincheck.Text{contact.Name, contact.Role, contact.Email} {
				if t != "" {
					parts = append(parts, present.Clean(string(t)))
				}
			}
			l.Contacts = append(l.Contacts, strings.Join(parts, " "))
		}
	}
	return nil
}

// fileName is a name that every file system takes.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, s)
	runes := []rune(strings.Trim(s, "-"))
	return cmp.Or(string(runes[:min(len(runes), 40)]), "customer")
}
