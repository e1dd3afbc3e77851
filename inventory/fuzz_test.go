package inventory

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"domaincheck"
)

// property: reading ends, with a coded error that names a place or with a
// document whose rows are each good or bad with a place; what is good survives
// being written and read again.
func property(t *testing.T, data []byte, format string) {
	if len(data) > 1<<20 {
		return
	}
	doc, err := Read(bytes.NewReader(data), Options{Format: format, Name: "f"})
	if err != nil {
		var e *domaincheck.Error
		if !errors.As(err, &e) || e.Place == "" || e.Message == "" {
			t.Fatalf("an error without a place: %v", err)
		}
		return
	}
	if len(doc.Rows) == 0 {
		t.Fatal("no rows and no error")
	}
	good := 0
	for _, r := range doc.Rows {
		switch {
		case r.Place == "":
			t.Fatalf("a row without a place: %+v", r)
		case r.Err != nil && (r.Err.Place == "" || !errors.Is(r.Err, r.Err.Code)):
			t.Fatalf("a row's error without a place: %+v", r.Err)
		case r.Err != nil && strings.ContainsFunc(r.Err.Message, func(c rune) bool { return c < ' ' && c != '\n' }):
			t.Fatalf("control characters reach the message: %q", r.Err.Message)
		case r.Err == nil && r.Kind == RowSite:
			good++
			if r.Site == nil {
				continue
			}
			for _, d := range r.Site.Domains {
				if again, err := domaincheck.ParseTarget(d.Domain); err != nil || again.Domain != d.Domain {
					t.Fatalf("a good row holds the domain %q", d.Domain)
				}
			}
		}
	}
	if good != len(doc.Sites) {
		t.Fatalf("%d good rows, %d sites", good, len(doc.Sites))
	}
	if good == 0 {
		return
	}
	var b bytes.Buffer
	if err := WriteYAML(&b, doc); err != nil {
		t.Fatal(err)
	}
	again, err := Read(&b, Options{Format: "yaml", Name: "again"})
	if err != nil || len(again.Refused()) > 0 {
		t.Fatalf("what was written cannot be read: %v %+v", err, again.Refused())
	}
	if !reflect.DeepEqual(trees(doc), trees(again)) {
		t.Fatalf("written and read again:\n%s\n%s", trees(doc), trees(again))
	}
}

func trees(doc Document) []string {
	var out []string
	for _, s := range doc.Sites {
		out = append(out, string(flow(tree(valueOf(s)))))
	}
	return out
}

func FuzzYAML(f *testing.F) {
	full, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte("sites:\n  - &a {domain: a.cn}\n  - *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) { property(t, data, "yaml") })
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte(habits))
	f.Fuzz(func(t *testing.T, data []byte) { property(t, data, "csv") })
}

// FuzzXLSX works on the parts of a workbook: a mutated zip rarely opens.
func FuzzXLSX(f *testing.F) {
	var b bytes.Buffer
	if err := Template(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes(), "", "")
	f.Fuzz(func(t *testing.T, book []byte, sheet, strings string) {
		if sheet != "" || strings != "" {
			book = bookOf(t, sheet, strings)
		}
		property(t, book, "xlsx")
	})
}

func bookOf(t *testing.T, sheet, shared string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", sheet},
		{"xl/sharedStrings.xml", shared},
	} {
		w, err := z.Create(part[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(part[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const emptyStrings = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>`

const smallSheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>域名</t></is></c><c r="B1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="str"><f>1+1</f><v>a.cn</v></c><c r="B2"><v>46082</v></c></row></sheetData><mergeCells count="1"><mergeCell ref="A2:A9"/></mergeCells></worksheet>`

func TestWorkbookParts(t *testing.T) {
	doc, err := Read(bytes.NewReader(bookOf(t, smallSheet, `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>备案日期</t></si></sst>`)), Options{Name: "b.xlsx"})
	if err != nil || len(doc.Sites) != 1 || doc.Sites[0].FiledOn != domaincheck.MustDate("2026-03-01") {
		t.Fatalf("%+v %v", doc, err)
	}
}

func TestZipBombs(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	zero := make([]byte, 1<<20)
	for range 120 {
		if _, err := w.Write(zero); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(&b, Options{Name: "bomb.xlsx"}); !errors.Is(err, domaincheck.CodeTooLarge) {
		t.Errorf("a large part: %v", err)
	}
	b.Reset()
	z = zip.NewWriter(&b)
	for i := range maxEntries + 1 {
		if _, err := z.Create("f" + strings.Repeat("x", i%7) + string(rune('a'+i%26))); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(&b, Options{Name: "bomb.xlsx"}); !errors.Is(err, domaincheck.CodeTooLarge) {
		t.Errorf("many parts: %v", err)
	}
	// A directory that lies about the size is caught when the part is unpacked.
	lie := bookOf(t, smallSheet, emptyStrings)
	if i := bytes.LastIndex(lie, []byte("PK\x01\x02")); i > 0 {
		copy(lie[i+24:], []byte{5, 0, 0, 0})
	}
	if _, err := Read(bytes.NewReader(lie), Options{Name: "lie.xlsx"}); err != nil && !errors.Is(err, domaincheck.CodeUnreadable) && !errors.Is(err, domaincheck.CodeBadInput) {
		t.Errorf("a lying directory: %v", err)
	}
	// Cells at the far right of many rows ask for much memory from few bytes.
	var far strings.Builder
	far.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	for range 3000 {
		far.WriteString(`<row><c r="XFD1"><v>1</v></c></row>`)
	}
	far.WriteString(`</sheetData></worksheet>`)
	if _, err := Read(bytes.NewReader(bookOf(t, far.String(), emptyStrings)), Options{Name: "far.xlsx"}); !errors.Is(err, domaincheck.CodeTooLarge) {
		t.Errorf("far cells: %v", err)
	}
}

func TestSeedsArePresent(t *testing.T) {
	for _, target := range []string{"FuzzYAML", "FuzzCSV", "FuzzXLSX"} {
		entries, err := os.ReadDir("testdata/fuzz/" + target)
		if err != nil || len(entries) < 3 {
			t.Errorf("seeds of %s: %d, %v", target, len(entries), err)
		}
	}
}
