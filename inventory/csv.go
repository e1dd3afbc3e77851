package inventory

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"domaincheck"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// decodeText gives the file as UTF-8: by its byte order mark, else UTF-8 if it
// is valid, else GB18030, which spreadsheet programs write in China.
func decodeText(name string, data []byte) ([]byte, error) {
	for _, bom := range []struct {
		mark   string
		endian unicode.Endianness
	}{{"\xFF\xFE", unicode.LittleEndian}, {"\xFE\xFF", unicode.BigEndian}} {
		if bytes.HasPrefix(data, []byte(bom.mark)) {
			out, err := unicode.UTF16(bom.endian, unicode.UseBOM).NewDecoder().Bytes(data)
			if err != nil {
				return nil, unreadable(name)
			}
			return out, nil
		}
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, unreadable(name)
	}
	if utf8.Valid(data) {
		return data, nil
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.Contains(out, []byte("\uFFFD")) {
		return nil, unreadable(name)
	}
	return out, nil
}

func unreadable(name string) error {
	return domaincheck.Errorf(domaincheck.CodeUnreadable, name, "this is no text: neither UTF-8 nor GB18030").WithHint("give a .txt, .csv, .yaml or .xlsx file")
}

// readCSV reads a table of text. The delimiter, comma, semicolon or tab, is the
// one under which the headings make most sense.
func (l *loader) readCSV(text string) error {
	var best *sheet
	top := -1
	for _, comma := range ",;\t|，" {
		s, err := l.parseCSV(firstLines(text, 3*headerRows), comma)
		if err != nil {
			continue
		}
		h, err := l.headings(s)
		if err != nil {
			return err
		}
		if h.score > top {
			if best, err = l.parseCSV(text, comma); err != nil {
				return err
			}
			top = h.score
		}
	}
	if best == nil {
		_, err := l.parseCSV(text, ',')
		return err
	}
	return l.readSheets([]*sheet{best})
}

func firstLines(text string, n int) string {
	end := 0
	for range n {
		i := strings.IndexByte(text[end:], '\n')
		if i < 0 {
			return text
		}
		end += i + 1
	}
	return text[:end]
}

func (l *loader) parseCSV(text string, comma rune) (*sheet, error) {
	s := &sheet{comma: comma, odd: strings.Count(text, `"`)%2 != 0}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	type pos struct{ line, col int }
	var places [][]pos
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, l.o.Name, "not a csv file: %w", err)
		}
		if len(s.rows) >= maxRows {
			return nil, domaincheck.Errorf(domaincheck.CodeTooLarge, l.o.Name, "more than %d rows", maxRows).WithHint("split the file")
		}
		at := make([]pos, len(record))
		for i := range record {
			at[i].line, at[i].col = r.FieldPos(i)
		}
		s.rows = append(s.rows, record)
		places = append(places, at)
	}
	s.place = func(row, col int) string {
		p := places[row][col]
		return fmt.Sprintf("%s:%d:%d", l.o.Name, p.line, p.col)
	}
	s.rowPlace = func(row int) string { return fmt.Sprintf("%s:%d", l.o.Name, places[row][0].line) }
	return s, nil
}

// formulaLead tells the characters at which a spreadsheet program may begin to
// calculate.
func formulaLead(c byte) bool {
	return strings.IndexByte("=+-@\t\r", c) >= 0
}

// Guard makes a value harmless in a spreadsheet cell: one that a program would
// take for a formula gets an apostrophe in front. Reading an inventory takes
// it off again.
func Guard(s string) string {
	if s != "" && (formulaLead(s[0]) || s[0] == '\'') {
		return "'" + s
	}
	return s
}

// unguard undoes [Guard].
func unguard(s string) string {
	if len(s) > 1 && s[0] == '\'' && (formulaLead(s[1]) || s[1] == '\'') {
		return s[1:]
	}
	return s
}
