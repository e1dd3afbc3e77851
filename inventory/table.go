package inventory

import (
	"reflect"
	"slices"
	"strings"

	"domaincheck"
)

// headerRows is how far down the headings are looked for: titles, units and
// remarks stand above them.
const headerRows = 30

// sheet is a table as read from csv or one sheet of a workbook.
type sheet struct {
	name     string
	rows     [][]string
	place    func(row, col int) string // of a cell, with the file's name
	rowPlace func(row int) string
	date1904 bool
	comma    rune // of csv; 0 in a workbook
	odd      bool // csv has a quotation mark without its fellow
}

// header is where a sheet's headings are and what they mean.
type header struct {
	kind  RowKind
	row   int
	paths []string // by column; "" for a column that is not read
	score int
}

// fieldPath resolves field names as yaml has them, absolute
// ("subject.name") or relative to the sheet's kind ("name").
func fieldPath(key string, kind RowKind) (string, bool) {
	for _, path := range []string{key, string(kind) + "." + key} {
		root, rest, ok := strings.Cut(path, ".")
		if !ok {
			continue
		}
		var t reflect.Type
		switch RowKind(root) {
		case RowSite:
			t = reflect.TypeFor[domaincheck.Site]()
		case RowSubject:
			t = reflect.TypeFor[domaincheck.Subject]()
		case RowServer:
			t = reflect.TypeFor[domaincheck.Server]()
		default:
			continue
		}
		if isField(t, rest) {
			return path, true
		}
	}
	return "", false
}

func isField(t reflect.Type, path string) bool {
	name, rest, deeper := strings.Cut(path, ".")
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for _, f := range fields(t) {
		if jsonName(f) == name {
			return !deeper || isField(f.Type, rest)
		}
	}
	return false
}

// headings finds the row of headings of a sheet, for the kind of sheet that
// its name says or its headings fit best.
func (l *loader) headings(s *sheet) (header, error) {
	kinds := []RowKind{RowSite, RowSubject, RowServer}
	named := ""
	if kind, ok := l.words().value("sheets", s.name); ok {
		if kind == "skip" {
			return header{}, nil
		}
		named = kind
	}
	best := header{row: -1}
	for _, kind := range kinds {
		if named != "" && named != string(kind) {
			continue
		}
		for r := range min(len(s.rows), headerRows) {
			h, err := l.headerAt(s, r, kind)
			if err != nil {
				return header{}, err
			}
			if h.score > best.score || h.score == best.score && h.score > 0 && h.kind == best.kind && r == best.row+1 && r > 0 && sameCells(s, r) {
				best = h
			}
		}
	}
	return best, nil
}

// sameCells tells whether two rows hold the same headings, as a heading merged
// over two rows does once it is filled down.
func sameCells(s *sheet, r int) bool {
	return slices.Equal(s.rows[r], s.rows[r-1])
}

// headerAt reads a row as headings. A row of headings for sites must have a
// column of domains; for subjects one of names or ids, for servers of ids.
func (l *loader) headerAt(s *sheet, r int, kind RowKind) (header, error) {
	h := header{kind: kind, row: r, paths: make([]string, len(s.rows[r]))}
	above := ""
	need := false
	for c, text := range s.rows[r] {
		if r > 0 && c < len(s.rows[r-1]) && strings.TrimSpace(s.rows[r-1][c]) != "" {
			above = s.rows[r-1][c]
		}
		path, err := l.columnPath(text, kind)
		if err != nil {
			return header{}, err
		}
		if path == "" && r > 0 && strings.TrimSpace(text) != "" {
			if path, err = l.columnPath(above+text, kind); err != nil {
				return header{}, err
			}
			if path != "" {
				h.score++ // the row above it is a group of headings, as 主体 above 名称 and 省份
			}
		}
		if path == "" {
			continue
		}
		again := slices.Contains(h.paths, path)
		h.paths[c] = path
		if again {
			continue // a group's heading, merged over its columns
		}
		h.score += 2
		switch kind {
		case RowSite:
			need = need || path == "site.domains"
		case RowSubject:
			need = need || path == "subject.id" || path == "subject.name"
			if !strings.HasPrefix(path, "subject.") {
				h.score -= 2
			}
		case RowServer:
			need = need || path == "server.id"
			if !strings.HasPrefix(path, "server.") {
				h.score -= 2
			}
		}
	}
	if !need {
		h.score = 0
	} else if kind == RowSite {
		h.score++ // of two readings that fit equally, a sheet of sites
	}
	return h, nil
}

// columnPath is the field of a heading: by the user's map, else by the words.
func (l *loader) columnPath(text string, kind RowKind) (string, error) {
	text = unguard(text)
	if foldWord(text) == "" {
		return "", nil
	}
	for heading, field := range l.o.Columns {
		if foldWord(heading) != foldWord(text) {
			continue
		}
		path := l.words().heading(field, kind)
		if path == "" {
			path = l.words().heading(field, RowSite)
		}
		if path == "" {
			return "", domaincheck.Errorf(domaincheck.CodeBadSettings, l.o.Name, "--map: there is no field %q", clip(field)).WithHint("use a field name of the yaml format, such as domain, name, subject.name or access.provider")
		}
		return path, nil
	}
	return l.words().heading(text, kind), nil
}

// readSheets reads the tables of a file; subjects and servers before sites, so
// that sites can refer to them wherever they stand.
func (l *loader) readSheets(sheets []*sheet) error {
	headers := make([]header, len(sheets))
	found := false
	var seen []string
	for i, s := range sheets {
		h, err := l.headings(s)
		if err != nil {
			return err
		}
		headers[i] = h
		found = found || h.score > 0
		if h.score == 0 {
			for _, row := range s.rows[:min(len(s.rows), 3)] {
				seen = append(seen, row[:min(len(row), 12)]...)
			}
		}
	}
	if !found {
		if len(sheets) == 1 && l.headless(sheets[0]) {
			return nil
		}
		return domaincheck.Errorf(domaincheck.CodeBadInput, l.o.Name, "there is no column of domains; the headings seen are: %s", clip(strings.Join(slices.DeleteFunc(seen, func(s string) bool { return strings.TrimSpace(s) == "" }), ", "))).WithHint("name one column 域名 or domain, or tell which it is: --map 列名=domain")
	}
	for _, kind := range []RowKind{RowSubject, RowServer, RowSite} {
		for i, s := range sheets {
			if headers[i].score > 0 && headers[i].kind == kind {
				l.readRows(s, headers[i])
			}
		}
	}
	if len(l.doc.Rows) == 0 {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, l.o.Name, "there are headings but no rows below them")
	}
	return nil
}

// headless reads a table without headings whose first column holds domains.
func (l *loader) headless(s *sheet) bool {
	first := slices.IndexFunc(s.rows, func(row []string) bool { return !blank(row) })
	if first < 0 || len(s.rows[first]) == 0 {
		return false
	}
	if _, err := domaincheck.ParseTarget(s.rows[first][0]); err != nil {
		return false
	}
	h := header{kind: RowSite, row: first - 1, paths: []string{"site.domains"}, score: 1}
	l.readRows(s, h)
	return true
}

func blank(row []string) bool {
	return !slices.ContainsFunc(row, func(s string) bool { return strings.TrimSpace(s) != "" })
}

func (l *loader) readRows(s *sheet, h header) {
	d := l.decoder(true)
	d.date1904 = s.date1904
	if h.row >= 0 {
		for c, text := range s.rows[h.row] {
			if h.paths[c] == "" {
				l.ignored(text)
			}
		}
	}
	for r := h.row + 1; r < len(s.rows); r++ {
		row := s.rows[r]
		if c, n := s.swallowed(h, row); n > 0 {
			d.fail(scalar(s.place(r, c), row[c]), domaincheck.CodeBadInput, "close the quotation mark, or write it twice inside a text", "a quotation mark opens here and is not closed: it swallows %d rows below", n)
			l.addSite(Row{Kind: RowSite, Place: s.rowPlace(r), Input: clipInput(strings.Join(row[:c], " ")), Err: d.take()}, domaincheck.Site{})
			continue
		}
		if blank(row) || h.row >= 0 && slices.Equal(row, s.rows[h.row]) || l.totals(h, row) {
			continue
		}
		l.readRow(s, h, r)
	}
}

// ignored notes the heading of a column that is not read.
func (l *loader) ignored(heading string) {
	if heading = clip(heading); strings.TrimSpace(heading) != "" && !slices.Contains(l.doc.Ignored, heading) {
		l.doc.Ignored = append(l.doc.Ignored, heading)
	}
}

// swallowed counts the rows of sites that stand inside a cell of csv, because a
// quotation mark before them is not closed, and tells the cell: lines that have
// a domain in the column of domains. Columns that hold names themselves are not
// looked at, nor cells whose quotation marks are all in pairs.
func (s *sheet) swallowed(h header, row []string) (col, rows int) {
	domains := slices.Index(h.paths, "site.domains")
	if s.comma == 0 || h.kind != RowSite || domains < 0 || len(h.paths) < 2 {
		return 0, 0
	}
	for c, text := range row {
		_, below, several := strings.Cut(text, "\n")
		if !several || !s.odd && !strings.Contains(text, `"`) || c < len(h.paths) && (h.paths[c] == "site.domains" || h.paths[c] == "site.hosts" || h.paths[c] == "site.order.domains") {
			continue
		}
		for line := range strings.Lines(below) {
			cells := strings.Split(line, string(s.comma))
			if len(cells) < len(h.paths) {
				continue
			}
			if _, err := domaincheck.ParseTarget(strings.Trim(strings.TrimSpace(cells[domains]), `"`)); err == nil {
				col, rows = c, rows+1
			}
		}
		if rows > 0 {
			return col, rows
		}
	}
	return 0, 0
}

// totals tells a line of sums below or between the rows of sites.
func (l *loader) totals(h header, row []string) bool {
	return h.kind == RowSite && l.sums(row, func(c int) bool { return c < len(h.paths) && h.paths[c] == "site.domains" })
}

// sums tells a line of sums (合计, and how many): its first cell says so, and no
// cell of a column of domains holds one.
func (l *loader) sums(row []string, domains func(col int) bool) bool {
	first := slices.IndexFunc(row, func(s string) bool { return strings.TrimSpace(s) != "" })
	if first < 0 {
		return false
	}
	if _, ok := l.words().value("total", row[first]); !ok {
		return false
	}
	for c, text := range row {
		if domains(c) && strings.ContainsAny(text, ".:。．") {
			return false
		}
	}
	return true
}

// readRow sorts a row's cells by what they speak of and decodes them.
func (l *loader) readRow(s *sheet, h header, r int) {
	d := l.decoder(true)
	trees := map[string]*node{}
	for _, root := range []string{"site", "subject", "server", "access", "notice"} {
		trees[root] = &node{kind: mapNode, place: s.rowPlace(r)}
	}
	for c, text := range s.rows[r] {
		if c >= len(h.paths) || h.paths[c] == "" {
			continue
		}
		text = unguard(text)
		cell := scalar(s.place(r, c), text)
		trimmed := strings.TrimSpace(text)
		switch {
		case trimmed == "" || h.paths[c] == "ignore":
			continue
		case spreadsheetError(trimmed):
			d.fail(cell, domaincheck.CodeBadInput, "mend the formula in this cell", "%q is a spreadsheet error, not a value", clip(trimmed))
			continue
		case h.paths[c] == "private":
			d.private(cell)
			continue
		}
		root, rest, _ := strings.Cut(h.paths[c], ".")
		if (root == "access" || root == "notice") && d.words.isNothing(trimmed) {
			continue
		}
		if !trees[root].set(rest, cell) && h.row >= 0 { // another column said it already
			l.ignored(s.rows[h.row][c])
		}
	}
	kindAndType(d, trees["subject"])
	place := s.rowPlace(r)
	switch h.kind {
	case RowSubject:
		l.subjectEntry(trees["subject"])
	case RowServer:
		l.serverEntry(trees["server"])
	default:
		l.siteRow(trees, Row{Kind: RowSite, Place: place})
	}
}

// kindAndType lets one column say both: 企业 is a unit whose type is 企业.
func kindAndType(d *decoder, subject *node) {
	kind := subject.get("kind")
	if kind == nil || subject.get("type") != nil {
		return
	}
	meaning, ok := d.words.value("kind", kind.text)
	switch foldWord(kind.text) {
	case meaning, "单位", "非个人", "公司", "法人", "机构", "company", "enterprise":
		return
	}
	if ok && meaning == string(domaincheck.KindUnit) {
		subject.set("type", scalar(kind.place, strings.TrimSpace(kind.text)))
	}
}

// private refuses a full number in a column of identity or phone numbers; a
// masked one (138****8000) is passed over and not stored either.
func (d *decoder) private(cell *node) {
	digits := 0
	for _, r := range foldWord(cell.text) {
		if r >= '0' && r <= '9' {
			digits++
		}
		if r == '*' || r == 'x' && digits < 15 {
			return
		}
	}
	if digits >= 11 {
		d.fail(cell, CodePrivate, "delete the column, or leave only the first and last digits: 138****8000", "full identity and phone numbers are refused, not stored")
	}
}

// CodePrivate refuses the full identity or phone number of a person.
const CodePrivate domaincheck.Code = "personal_number"

// spreadsheetError tells the values that a spreadsheet shows for a failed formula.
func spreadsheetError(s string) bool {
	switch s {
	case "#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!":
		return true
	}
	return false
}

// siteRow brings a row of a site sheet into the shape of a yaml entry.
func (l *loader) siteRow(trees map[string]*node, row Row) {
	site, access, server := trees["site"], trees["access"], trees["server"]
	if p := access.get("provider"); p != nil && site.get("access") == nil {
		list := &node{kind: listNode, place: p.place}
		for _, name := range splitCell(p.text, false) {
			one := &node{kind: mapNode, place: p.place}
			one.set("provider", scalar(p.place, name))
			for _, key := range []string{"state", "since", "account"} {
				if v := access.get(key); v != nil {
					one.set(key, v)
				}
			}
			list.items = append(list.items, one)
		}
		if len(list.items) == 1 {
			l.oneAccess(list.items[0], trees)
		}
		site.set("access", list)
	}
	if ips := access.get("addresses"); ips != nil && server.get("addresses") == nil && (len(server.keys) > 0 || access.get("provider") == nil || len(splitCell(access.get("provider").text, false)) != 1) {
		server.set("addresses", ips)
	}
	if len(server.keys) > 0 && site.get("servers") == nil {
		site.set("servers", &node{kind: listNode, place: server.keys[0].place, items: []*node{server}})
	}
	if subject := trees["subject"]; len(subject.keys) > 0 && site.get("subject") == nil {
		decoded, targets := l.site(site)
		decoded.Subject = l.sharedSubject(subject)
		l.closeRow(row, site, decoded, targets)
		return
	}
	decoded, targets := l.site(site)
	l.closeRow(row, site, decoded, targets)
}

// oneAccess puts the columns of addresses and of a notice to the one provider.
func (l *loader) oneAccess(one *node, trees map[string]*node) {
	access, server := trees["access"], trees["server"]
	if v := access.get("addresses"); v != nil {
		one.set("addresses", v)
	}
	if notice := trees["notice"]; len(notice.keys) > 0 {
		one.set("notices", &node{kind: listNode, place: notice.keys[0].place, items: []*node{notice}})
	}
	if len(server.keys) > 0 && server.get("provider") == nil {
		server.set("provider", one.get("provider"))
	}
}

func (l *loader) closeRow(row Row, n *node, site domaincheck.Site, targets []domaincheck.Target) {
	d := l.d
	if dom := n.get("domains"); dom != nil {
		row.Input = clipInput(dom.text)
	}
	if len(targets) > 0 {
		row.Target = targets[0]
	}
	if len(site.Domains) == 0 && len(d.errs) == 0 {
		d.fail(n, domaincheck.CodeBadInput, "fill in the column of domains", "the row has no domain")
	}
	row.Err = d.take()
	l.addSite(row, site)
}

func clipInput(s string) string {
	s = domaincheck.WithoutUser(s)
	if r := []rune(s[:min(len(s), 1000)]); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return strings.ToValidUTF8(s[:min(len(s), 1000)], "")
}

// sharedSubject decodes the subject that a site's row speaks of. Rows that
// name the same subject speak of one: what one leaves out another may tell,
// what two tell differently is an error. A row that is refused anyway adds
// nothing to what the others say.
func (l *loader) sharedSubject(n *node) *domaincheck.Subject {
	d := l.d
	var s domaincheck.Subject
	d.value(n, reflect.ValueOf(&s).Elem(), "subject")
	key := string(s.ID)
	if key == "" {
		key = string(s.Name)
	}
	if key == "" || len(d.errs) > 0 {
		return &s
	}
	if i, ok := l.subject[key]; ok && s.ID == "" && l.doc.Subjects[i].Name != s.Name {
		s.Name = "" // the column 主体 holds the ids of a sheet of subjects
	}
	if i, ok := l.subject[key]; ok {
		known := l.shared[key]
		if known == nil {
			known = &domaincheck.Subject{}
			*known = l.doc.Subjects[i]
			l.shared[key] = known
		}
		s.ID = known.ID
		if field, old, fresh := mergeSubject(d.words, known, s); field != "" {
			d.fail(n, domaincheck.CodeBadInput, "give each subject the same facts in every row, or an id of its own", "subject %s: %s is %s here, but %s above", clip(key), field, clip(fresh), clip(old))
		}
		l.doc.Subjects[i] = *known
		return known
	}
	s.ID = domaincheck.Text(key)
	l.subject[key] = len(l.doc.Subjects)
	l.shared[key] = &s
	l.doc.Subjects = append(l.doc.Subjects, s)
	return &s
}

// mergeSubject fills what old leaves out from fresh; it names the first field
// that the two tell differently.
func mergeSubject(w *words, old *domaincheck.Subject, fresh domaincheck.Subject) (field, was, is string) {
	ov, fv := reflect.ValueOf(old).Elem(), reflect.ValueOf(fresh)
	for _, f := range fields(ov.Type()) {
		a, b := ov.FieldByIndex(f.Index), fv.FieldByIndex(f.Index)
		switch {
		case b.IsZero() || a.Kind() == reflect.Slice && b.Len() == 0:
		case a.IsZero() || a.Kind() == reflect.Slice && a.Len() == 0:
			a.Set(b)
		case !reflect.DeepEqual(a.Interface(), b.Interface()):
			return jsonName(f), cellText(w, a), cellText(w, b)
		}
	}
	return "", "", ""
}
