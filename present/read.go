package present

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"

	"domaincheck"
)

// maxReports bounds what is read: a report is about 20 KiB.
const maxReports = 1 << 30

// maxNesting bounds the depth of what is read; reports nest about ten deep.
const maxNesting = 64

// ReadReports reads reports: one object, an array, or one object a line, as
// check and judge print them, of this schema or an older one. What was
// rendered (summary, fix, basis) and fields that a newer program added are
// passed over. Lines of a history need only schema, domain, at, site and
// observation.
//
// Errors are of CodeUnreadable (no JSON), CodeBadInput (JSON that is no
// report, a newer schema) or CodeTooLarge, and name the place.
func ReadReports(r io.Reader, name string) ([]domaincheck.Report, error) {
	data, err := readAll(r, name)
	if err != nil {
		return nil, err
	}
	in := &input{name: name, data: data}
	var out []domaincheck.Report
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, in.fail(domaincheck.CodeUnreadable, offsetOf(err, dec.InputOffset()), "not valid JSON: %w", err)
		}
		start := dec.InputOffset() - int64(len(raw))
		if raw[0] != '[' {
			report, err := in.report(raw, start)
			if err != nil {
				return nil, err
			}
			out = append(out, report)
			continue
		}
		list, err := in.array(raw, start)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	if len(out) == 0 {
		return nil, domaincheck.Errorf(domaincheck.CodeBadInput, name, "there is no report in it").WithHint("give what domaincheck check --json prints")
	}
	return out, nil
}

// ReadObservation reads an observation alone, or the observation of the one
// report that is given. Errors as of [ReadReports].
func ReadObservation(r io.Reader, name string) (domaincheck.Observation, error) {
	data, err := readAll(r, name)
	if err != nil {
		return domaincheck.Observation{}, err
	}
	in := &input{name: name, data: data}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return domaincheck.Observation{}, in.wrong(err, 0, "an observation")
	}
	if _, ok := fields["schema"]; ok {
		report, err := in.report(data, 0)
		return report.Observation, err
	}
	known := 0
	for _, part := range []string{"registration", "resolution", "page", "record", "others"} {
		if _, ok := fields[part]; ok {
			known++
		}
	}
	if known == 0 {
		return domaincheck.Observation{}, domaincheck.Errorf(domaincheck.CodeBadInput, name, "this is no observation").WithHint("it has the keys registration, resolution, page and record")
	}
	var o domaincheck.Observation
	if err := json.Unmarshal(data, &o); err != nil {
		return o, in.wrong(err, 0, "an observation")
	}
	return o, nil
}

func readAll(r io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxReports+1))
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, name, "cannot be read: %w", err)
	}
	if len(data) > maxReports {
		return nil, domaincheck.Errorf(domaincheck.CodeTooLarge, name, "larger than %d MiB", maxReports>>20)
	}
	// A shell that redirects may write UTF-16 (PowerShell 5 does), with its mark.
	if bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF")) {
		if data, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data); err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, name, "cannot be read: %w", err)
		}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, domaincheck.Errorf(domaincheck.CodeUnreadable, name, "the file is empty")
	}
	depth, text := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case !text && (c == '{' || c == '['):
			if depth++; depth > maxNesting {
				return nil, (&input{name: name, data: data}).fail(domaincheck.CodeTooLarge, int64(i), "nested deeper than %d levels", maxNesting)
			}
		case !text && (c == '}' || c == ']'):
			depth--
		}
	}
	return data, nil
}

// input is a file being read, for naming places in it.
type input struct {
	name string
	data []byte
}

func (in *input) fail(code domaincheck.Code, offset int64, format string, args ...any) *domaincheck.Error {
	before := in.data[:min(max(offset, 0), int64(len(in.data)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return domaincheck.Errorf(code, fmt.Sprintf("%s:%d:%d", in.name, line, column), format, args...)
}

func offsetOf(err error, otherwise int64) int64 {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Offset - 1
	}
	return otherwise
}

// wrong explains why bytes that begin at start are not what was wanted.
func (in *input) wrong(err error, start int64, what string) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		field := typ.Field
		if field == "" {
			field = what
		}
		return in.fail(domaincheck.CodeBadInput, start+typ.Offset-1, "%s cannot be a JSON %s", clip(Clean(field), 80), typ.Value)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return in.fail(domaincheck.CodeUnreadable, start+syntax.Offset-1, "not valid JSON: %w", err)
	}
	return in.fail(domaincheck.CodeBadInput, start, "not %s: %s", what, clip(Clean(err.Error()), 200))
}

func (in *input) array(raw []byte, start int64) ([]domaincheck.Report, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, in.wrong(err, start, "a list of reports")
	}
	var out []domaincheck.Report
	for dec.More() {
		var item json.RawMessage
		if err := dec.Decode(&item); err != nil {
			return nil, in.wrong(err, start, "a report")
		}
		report, err := in.report(item, start+dec.InputOffset()-int64(len(item)))
		if err != nil {
			return nil, err
		}
		out = append(out, report)
	}
	return out, nil
}

// report decodes one report and checks what a judgement rests on.
func (in *input) report(raw []byte, start int64) (domaincheck.Report, error) {
	var head struct {
		Schema *int            `json:"schema"`
		Domain json.RawMessage `json:"domain"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return domaincheck.Report{}, in.wrong(err, start, "a report")
	}
	switch {
	case head.Schema == nil:
		return domaincheck.Report{}, in.fail(domaincheck.CodeBadInput, start, "this is no report: it has no schema").WithHint("give what domaincheck check --json prints")
	case *head.Schema > domaincheck.Schema:
		return domaincheck.Report{}, in.fail(domaincheck.CodeBadInput, start, "the report has schema %d, this program knows up to %d", *head.Schema, domaincheck.Schema).WithHint("use a newer domaincheck")
	case *head.Schema < 1:
		return domaincheck.Report{}, in.fail(domaincheck.CodeBadInput, start, "there is no schema %d", *head.Schema)
	}
	var r domaincheck.Report
	if err := json.Unmarshal(raw, &r); err != nil {
		return domaincheck.Report{}, in.wrong(err, start, "a report")
	}
	if r.Error == nil && r.Domain == "" {
		return domaincheck.Report{}, in.fail(domaincheck.CodeBadInput, start, "the report names no domain")
	}
	if r.Error == nil && r.At.IsZero() {
		return domaincheck.Report{}, in.fail(domaincheck.CodeBadInput, start, "the report of %s does not say as of when (at)", clip(Clean(string(r.Domain)), 80))
	}
	if bad := strings.TrimSpace(wrongEnum(&r)); bad != "" {
		return domaincheck.Report{}, in.fail(domaincheck.CodeBadInput, start, "the report of %s: %s", clip(Clean(string(r.Domain)), 80), bad)
	}
	return r, nil
}

// wrongEnum names an outcome without which a part cannot be judged.
func wrongEnum(r *domaincheck.Report) string {
	o := r.Observation
	parts := map[string]*domaincheck.Look{}
	if o.Registration != nil {
		parts["registration"] = &o.Registration.Look
	}
	if o.Resolution != nil {
		parts["resolution"] = &o.Resolution.Look
	}
	if o.Page != nil {
		parts["page"] = &o.Page.Look
	}
	for _, name := range []string{"registration", "resolution", "page"} {
		if look := parts[name]; look != nil && look.Outcome == "" {
			return "observation." + name + " has no outcome"
		}
	}
	return ""
}
