package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/inventory"
	"domaincheck/store"
)

func (p *program) exportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export FILE",
		Short: "Write the inventory as a ledger (导出台账)",
		Long: `Writes every site with its subject and servers, those of the inventory file of the settings too: yaml
and the three-sheet xlsx hold every fact, so that importing them again changes nothing; csv is one table
with a byte order mark; json is the yaml in JSON. The format is told from the FILE's name; - is stdout
(yaml unless --format says otherwise). Cells that a spreadsheet would take for a formula are made text.

导出全部网站（含设置中 inventory: 文件里的）。yaml 与三表 xlsx 不丢失任何信息，可原样再导入。`,
		Args:        cobra.ExactArgs(1),
		Annotations: map[string]string{"settings": "found", "formats": "yaml|csv|xlsx|json"},
		RunE:        func(cmd *cobra.Command, args []string) error { return p.exportLedger(cmd.Context(), args[0]) },
	}
}

func (p *program) exportLedger(ctx context.Context, path string) error {
	format, err := p.exportFormat(path)
	if err != nil {
		return err
	}
	step := p.steps()
	defer step.end()
	step.now(p.say("读取", "reading"))
	doc, err := p.wholeInventory(ctx)
	if err != nil {
		return err
	}
	step.now(p.say("写入", "writing"))
	var b bytes.Buffer
	switch format {
	case "yaml":
		err = inventory.WriteYAML(&b, doc)
	case "csv":
		err = inventory.WriteCSV(&b, doc)
	case "xlsx":
		err = inventory.WriteXLSX(&b, doc)
	case "json":
		err = ledgerJSON(&b, doc)
	}
	if err != nil {
		return cannot(fmt.Errorf("%s: %w", path, err))
	}
	if err := p.writeOut(path, b.Bytes()); err != nil || path == "-" {
		return err
	}
	step.end()
	if p.global.format == "json" {
		return p.printJSON(map[string]any{
			"file": path, "format": format, "sites": len(doc.Sites), "subjects": len(doc.Subjects), "servers": len(doc.Servers), "bytes": b.Len(),
		})
	}
	fmt.Fprintf(p.out, p.say("%s：%d 个网站、%d 个主体、%d 台服务器\n", "%s: %d sites, %d subjects, %d servers\n"), path, len(doc.Sites), len(doc.Subjects), len(doc.Servers))
	return nil
}

// exportFormat is the format of a file: as its name says, else as --format
// does. With a name that says so, --json is about what is printed.
func (p *program) exportFormat(path string) (string, error) {
	named := ""
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".yaml", ".yml":
		named = "yaml"
	case ".csv", ".xlsx", ".json":
		named = ext[1:]
	}
	given := p.global.flags.Changed("format")
	switch {
	case path == "-" || named == "" && (given || p.global.json):
		return p.global.format, nil
	case named == "":
		return "", domaincheck.Errorf(domaincheck.CodeBadInput, path, "the name does not tell the format").WithHint("end it in .yaml, .csv, .xlsx or .json, or give --format")
	case given && p.global.format != named && p.global.format != "json":
		return "", badFlag("format", p.global.format, "that of "+path)
	}
	return named, nil
}

// wholeInventory is what the store holds, with the inventory file of the
// settings as it is now laid over it: the daemon may not have read it yet.
func (p *program) wholeInventory(ctx context.Context) (inventory.Document, error) {
	var doc inventory.Document
	s := p.global.settings
	file := s.File(s.Inventory)
	db, err := p.openStore(ctx, true)
	switch {
	case err == nil:
		defer db.Close()
		ledger, err := db.Export(ctx)
		if err != nil {
			return doc, storeError(err)
		}
		doc.Subjects, doc.Servers, doc.Sites = ledger.Subjects, ledger.Servers, ledger.Sites
	case file == "" || !errors.Is(err, store.CodeNotFound):
		return doc, err
	}
	if file == "" {
		return doc, nil
	}
	if _, missing := os.Stat(file); errors.Is(missing, fs.ErrNotExist) && err == nil {
		p.note(p.say("提示：台账 %s 不存在，导出的是已读入的内容", "note: the inventory %s is not there; exported is what was read before"), file)
		return doc, nil
	}
	read, err := p.readLedger(file, inventory.Options{})
	if err != nil {
		return doc, err
	}
	for _, r := range read.Refused() {
		p.tell(r.Err)
	}
	return overlaid(doc, read), nil
}

// overlaid is a document with the entries of another put in the place of their
// namesakes, or behind.
func overlaid(doc, file inventory.Document) inventory.Document {
	doc.Subjects = replaced(doc.Subjects, file.Subjects, func(a, b domaincheck.Subject) bool { return a.ID == b.ID })
	doc.Servers = replaced(doc.Servers, file.Servers, func(a, b domaincheck.Server) bool { return a.ID == b.ID })
	at := map[string]int{}
	for i, site := range doc.Sites {
		at[site.MainDomain()] = i
	}
	for _, site := range file.Sites {
		if i, known := at[site.MainDomain()]; known {
			doc.Sites[i] = site
		} else {
			at[site.MainDomain()] = len(doc.Sites)
			doc.Sites = append(doc.Sites, site)
		}
	}
	return doc
}

func replaced[T any](list, over []T, same func(a, b T) bool) []T {
	for _, v := range over {
		if i := slices.IndexFunc(list, func(have T) bool { return same(have, v) }); i >= 0 {
			list[i] = v
		} else {
			list = append(list, v)
		}
	}
	return list
}

// ledgerJSON is the inventory in JSON, which reads back as its yaml does.
func ledgerJSON(b *bytes.Buffer, doc inventory.Document) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string]any{"subjects": orEmpty(doc.Subjects), "servers": orEmpty(doc.Servers), "sites": orEmpty(doc.Sites)})
}
