package store

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"domaincheck"
)

// maxDocument bounds what a stored document may unpack to.
const maxDocument = 64 << 20

// Hash tells reports apart that say something different: two reports of one
// site with equal hashes differ only in when things were looked at. In it
// stand the declared facts, the verdict, what each rule found (not its
// evidence, in which days are counted), how sure the states are, the risks
// without their dates, and of what was seen: the registration data, each
// host's outcome with the providers and countries of its addresses (a name
// that is served by many takes turns among them), and what is on the page of
// status, final address, numbers and signs. Titles and other text of a page
// change with every visit and are not in it.
func Hash(r *domaincheck.Report) (string, error) { return (&packPools{}).hash(r) }

// hasher writes words with a separator that none of them holds.
type hasher struct{ b []byte }

func (h *hasher) add(words ...string) {
	for _, w := range words {
		h.b = append(h.b, w...)
		h.b = append(h.b, 0x1f)
	}
	h.b = append(h.b, 0x1e)
}

// hashers reuse what grows to some 10 KB for a report.
var hashers = sync.Pool{New: func() any { return &hasher{} }}

func (h *hasher) release() {
	if cap(h.b) > keptBytes {
		h.b = nil // a rare one
	}
	hashers.Put(h)
}

func hashOf(r *domaincheck.Report, facts []byte) string {
	h := hashers.Get().(*hasher)
	defer h.release()
	h.b = append(append(h.b[:0], r.Domain...), 0x1f)
	h.b = append(append(h.b, facts...), 0x1f)
	h.add(string(r.Verdict))
	h.add(r.Inferred...)
	for i := range r.Findings {
		f := &r.Findings[i]
		h.add("f", f.Rule, string(f.Target), f.Code, string(f.Result), string(f.Why), string(f.Severity))
	}
	for i := range r.States {
		s := &r.States[i]
		h.add("s", s.Rule, string(s.Target), string(s.Certainty), string(s.Code), string(s.Severity))
	}
	for i := range r.Risks {
		k := &r.Risks[i]
		h.add("r", string(k.Outcome), k.Signal, string(k.Target), string(k.Level), string(k.DeadlineKind), string(k.Provider))
		h.add(k.Causes...)
	}
	h.observation("", &r.Observation)
	sum := sha256.Sum256(h.b)
	return hex.EncodeToString(sum[:16])
}

func (h *hasher) observation(name string, o *domaincheck.Observation) {
	h.add("o", name)
	if g := o.Registration; g != nil {
		h.add("g", string(g.Outcome), instantWord(g.Created), instantWord(g.Expires))
		if g.Registrar != nil {
			h.add(string(g.Registrar.Name), string(g.Registrar.IANAID))
		}
		if g.Registrant != nil {
			h.add(string(g.Registrant.Name), string(g.Registrant.Organization))
		}
		h.sorted(g.Statuses)
		h.sorted(g.Nameservers)
	}
	if d := o.Resolution; d != nil {
		h.add("d", string(d.Outcome))
		for i := range d.Hosts {
			host := &d.Hosts[i]
			h.add(host.Host, string(host.Outcome), string(host.RCode))
			places := make([]string, 0, len(host.Addresses))
			for _, a := range host.Addresses {
				places = append(places, string(a.Provider)+"/"+string(a.Country)+"/"+string(a.Kind))
			}
			h.sorted(places)
		}
	}
	if p := o.Page; p != nil {
		h.page(p)
	}
	if c := o.Record; c != nil {
		h.add("c", string(c.Outcome), string(c.Number), string(c.Subject), string(c.SiteName))
	}
	names := make([]string, 0, len(o.Others))
	for n := range o.Others {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if other := o.Others[n]; other != nil {
			h.observation(n, other)
		}
	}
}

func (h *hasher) page(p *domaincheck.HomePage) {
	status := ""
	if p.Status != nil {
		status = fmt.Sprint(*p.Status)
	}
	h.add("p", string(p.Outcome), string(p.Final), status)
	for _, n := range p.RecordNumbers {
		h.add(n.Number.Number, string(n.LinkState))
	}
	for _, n := range p.PoliceNumbers {
		h.add(n.Number, string(n.LinkState))
	}
	if p.Block != nil {
		h.add("block")
	}
	if p.Parked != nil {
		h.add("parked")
	}
}

// sorted adds a set: what comes in any order, and doubled.
func (h *hasher) sorted(words []string) {
	words = slices.Clone(words)
	slices.Sort(words)
	h.add(slices.Compact(words)...)
}

func instantWord(i domaincheck.Instant) string {
	if i.IsZero() {
		return ""
	}
	return i.UTC().Format("20060102150405")
}

// packer is reused: a compressor takes some 600 KiB to begin. It packs fast: a
// better level takes three times as long for a page and twenty times for an
// answer of DNS, and saves a seventh.
type packer struct {
	w   *flate.Writer
	buf bytes.Buffer
}

func newPacker() *packer {
	p := &packer{}
	p.w, _ = flate.NewWriter(&p.buf, flate.BestSpeed) // a level that flate knows
	return p
}

// shortRaw is the length from which an answer is packed: shorter ones, as those
// of DNS are, would not become shorter.
const shortRaw = 256

// unpacked writes bytes as pack would if nothing could be saved: a block that
// holds them as they are, and an empty last one.
func unpacked(b []byte) []byte {
	out := make([]byte, 0, len(b)+10)
	n := uint16(len(b)) //nolint:gosec // below shortRaw
	out = binary.LittleEndian.AppendUint16(append(out, 0), n)
	out = append(binary.LittleEndian.AppendUint16(out, ^n), b...)
	return append(out, 1, 0, 0, 0xff, 0xff)
}

func (p *packer) pack(b []byte) ([]byte, error) {
	p.buf.Reset()
	p.w.Reset(&p.buf)
	if _, err := p.w.Write(b); err != nil {
		return nil, err
	}
	if err := p.w.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(p.buf.Bytes()), nil
}

// inflater is reused: what unpacks takes some 40 KiB to begin.
type inflater struct {
	from bytes.Reader
	r    io.ReadCloser
	buf  bytes.Buffer
}

var inflaters = sync.Pool{New: func() any {
	in := &inflater{}
	in.r = flate.NewReader(&in.from)
	return in
}}

// unpacking hands what pack wrote to do, which does not keep it. A document that
// was not packed begins with a brace, with which nothing packed begins (its first
// bit says that the first block is the last, and what pack writes ends with an
// empty one).
func unpacking(b []byte, do func([]byte) error) error {
	if len(b) > 0 && b[0] == '{' {
		return do(b)
	}
	in := inflaters.Get().(*inflater)
	defer inflaters.Put(in)
	in.from.Reset(b)
	in.buf.Reset()
	err := in.r.(flate.Resetter).Reset(&in.from, nil)
	if err == nil {
		_, err = in.buf.ReadFrom(io.LimitReader(in.r, maxDocument+1))
	}
	in.from.Reset(nil)
	if err == nil && in.buf.Len() > maxDocument {
		err = domaincheck.Errorf(domaincheck.CodeTooLarge, "", "a stored document is larger than %d MiB", maxDocument>>20)
	}
	if err != nil {
		return domaincheck.Errorf(CodeCorrupt, "", "a stored document cannot be unpacked: %w", err)
	}
	err = do(in.buf.Bytes())
	if in.buf.Cap() > keptBytes {
		in.buf = bytes.Buffer{} // a rare one
	}
	return err
}

// unpack reads what pack wrote, and documents that were not packed.
func unpack(b []byte) (out []byte, err error) {
	if len(b) > 0 && b[0] == '{' {
		return b, nil
	}
	err = unpacking(b, func(doc []byte) error {
		out = bytes.Clone(doc)
		return nil
	})
	if out == nil && err == nil {
		out = []byte{}
	}
	return out, err
}

// documents reads what was stored.
var documents decoder

// unpackInto reads a stored report into v, and tells its size before it was
// packed.
func unpackInto(b []byte, v any) (size int, err error) {
	err = unpacking(b, func(doc []byte) error {
		size = len(doc)
		if err := documents.decode(doc, v); err != nil {
			return domaincheck.Errorf(CodeCorrupt, "", "a stored report cannot be read: %w", err)
		}
		return nil
	})
	return size, err
}

func unpackReport(b []byte) (*domaincheck.Report, error) {
	var r domaincheck.Report
	if _, err := unpackInto(b, &r); err != nil {
		return nil, err
	}
	return &r, nil
}

// rawPart are the answers that came with one part of one domain.
type rawPart struct {
	domain, part string
	raws         []domaincheck.Raw
}

// rawParts collects the answers of a report; parts that were not looked at
// anew have none and keep those stored before.
func rawParts(r *domaincheck.Report) []rawPart {
	var all []rawPart
	var walk func(domain string, o *domaincheck.Observation)
	walk = func(domain string, o *domaincheck.Observation) {
		add := func(part string, raws []domaincheck.Raw) {
			if len(raws) > 0 {
				all = append(all, rawPart{domain, part, raws})
			}
		}
		if o.Registration != nil {
			add("registration", o.Registration.Raw)
		}
		if o.Resolution != nil {
			add("resolution", o.Resolution.Raw)
		}
		if o.Page != nil {
			raws := slices.Clone(o.Page.Raw)
			for _, other := range o.Page.Others {
				if other != nil {
					raws = append(raws, other.Raw...)
				}
			}
			add("page", raws)
		}
		for name, other := range o.Others {
			if other != nil {
				walk(name, other)
			}
		}
	}
	walk(string(r.Domain), &r.Observation)
	slices.SortFunc(all, func(a, b rawPart) int {
		return strings.Compare(a.domain+"\x00"+a.part, b.domain+"\x00"+b.part)
	})
	return all
}

// packed is a report made ready for its transaction, so that the transaction
// is short.
type packed struct {
	doc      []byte
	size     int                 // of the document before it was packed
	lean     *domaincheck.Report // for the next claim, where one is awaited
	hash     string
	facts    string // of the rows beside the report: findings and risks
	level    int
	insight  insight
	findings []findingRow
	risks    []riskRow
	raws     []packedPart
}

type findingRow struct {
	rule, target, result, certainty, doc string
	severity                             int
	since                                int64
}

type riskRow struct {
	outcome, doc string
	level        int
	deadline     int64
}

type packedPart struct {
	domain, part string
	raws         []packedRaw
}

type packedRaw struct {
	kind, source, hash string
	at                 int64
	size               int
	bytes              []byte
}

// packPools reuse compressors over commits.
type packPools struct {
	plain   bool // documents are not packed
	packers sync.Pool
	buffers sync.Pool // of *[]byte, for documents before they are packed
	docs    codec
	doubles doubler
	begun   sync.Once
}

// double is the doubler that writes, where it must, as the reports are written.
func (p *packPools) double() *doubler {
	p.begun.Do(func() { p.doubles.docs = &p.docs })
	return &p.doubles
}

// hash is Hash with an encoder that is there already.
func (p *packPools) hash(r *domaincheck.Report) (string, error) {
	var facts []byte
	if r.Site != nil {
		var err error
		if facts, err = p.docs.encode(r.Site); err != nil {
			return "", err
		}
	}
	return hashOf(r, facts), nil
}

func (p *packPools) pack(b []byte) ([]byte, error) {
	k, _ := p.packers.Get().(*packer)
	if k == nil {
		k = newPacker()
	}
	defer p.packers.Put(k)
	return k.pack(b)
}

// raw packs an answer.
func (p *packPools) raw(b []byte) ([]byte, error) {
	if len(b) < shortRaw {
		return unpacked(b), nil
	}
	return p.pack(b)
}

// document writes and packs a report, and tells its size before that.
func (p *packPools) document(r *domaincheck.Report) (doc []byte, size int, err error) {
	if p.plain {
		doc, err = p.docs.encode(r)
		return doc, len(doc), err
	}
	buf, _ := p.buffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	defer p.buffers.Put(buf)
	whole, err := p.docs.encodeInto((*buf)[:0], r)
	if err != nil {
		return nil, 0, err
	}
	if *buf = whole; cap(whole) > keptBytes {
		*buf = nil // a rare one
	}
	doc, err = p.pack(whole)
	return doc, len(whole), err
}

func (p *packPools) report(r *domaincheck.Report) (*packed, error) {
	out := &packed{level: -1}
	var err error
	if out.doc, out.size, err = p.document(r); err != nil {
		return nil, err
	}
	if out.hash, err = p.hash(r); err != nil {
		return nil, err
	}
	if err := out.rows(&p.docs, r); err != nil {
		return nil, err
	}
	out.insight = see(r, out)
	for _, part := range rawParts(r) {
		pp := packedPart{domain: part.domain, part: part.part}
		for _, raw := range part.raws {
			sum := sha256.Sum256(raw.Bytes)
			b, err := p.raw(raw.Bytes)
			if err != nil {
				return nil, err
			}
			pp.raws = append(pp.raws, packedRaw{kind: raw.Kind, source: raw.Source, hash: hex.EncodeToString(sum[:]), at: micros(raw.At.Time), size: len(raw.Bytes), bytes: b})
		}
		out.raws = append(out.raws, pp)
	}
	return out, nil
}

// listed tells whether a finding stands in the list over all sites.
func listed(f *domaincheck.Finding) bool {
	return f.Result == domaincheck.Fail || f.Result == domaincheck.Unknown && f.Why == domaincheck.WhyUnobserved && f.Severity.Rank() >= domaincheck.Medium.Rank()
}

// seenBy tells by which part of the site a finding was seen, if that is one whose
// newest look stands in the site's row: then the finding's row need not change
// with every look. Else it gives the instant, as of a site that is down; none
// for what nobody could see.
func seenBy(r *domaincheck.Report, f *domaincheck.Finding) (part string, exact domaincheck.Instant) {
	at := f.ObservedAt
	if at.IsZero() {
		return "", at
	}
	main := looksOf(&r.Observation)
	within := func(o *domaincheck.Observation) bool {
		for i, look := range looksOf(o) {
			if look != nil && look.At.Equal(at.Time) && look.Outcome.Conclusive() && main[i] != nil && main[i].Outcome.Conclusive() && main[i].At.Sub(at.Time).Abs() < time.Minute {
				part = lookedParts()[i]
				return true
			}
		}
		return false
	}
	if within(&r.Observation) {
		return part, exact
	}
	for _, other := range r.Observation.Others {
		if other != nil && within(other) {
			return part, exact
		}
	}
	if f.Result == domaincheck.Fail {
		exact = at
	}
	return "", exact
}

// lookedParts are the parts whose newest look stands in the site's row, in the
// order of insight.looked.
func lookedParts() [3]string { return [3]string{"registration", "resolution", "page"} }

func looksOf(o *domaincheck.Observation) (all [3]*domaincheck.Look) {
	if o.Registration != nil {
		all[0] = &o.Registration.Look
	}
	if o.Resolution != nil {
		all[1] = &o.Resolution.Look
	}
	if o.Page != nil {
		all[2] = &o.Page.Look
	}
	return all
}

// stateOf finds the state of a finding. Both come in one order, so that it is
// looked for from the one after the last that was found.
func stateOf(states []domaincheck.State, next *int, f *domaincheck.Finding) *domaincheck.State {
	for k := range states {
		i := (*next + k) % len(states)
		if s := &states[i]; s.Rule == f.Rule && s.Target == f.Target {
			*next = i + 1
			return s
		}
	}
	return nil
}

// rows makes the rows of the lists of findings and risks.
func (out *packed) rows(docs *codec, r *domaincheck.Report) error {
	h := hashers.Get().(*hasher)
	defer h.release()
	h.b = h.b[:0]
	var doc []byte
	var err error
	next := 0
	for i := range r.Findings {
		f := &r.Findings[i]
		if !listed(f) {
			continue
		}
		row := findingRow{rule: f.Rule, target: string(f.Target), result: string(f.Result), severity: f.Severity.Rank()}
		if s := stateOf(r.States, &next, f); s != nil {
			row.certainty, row.since = string(s.Certainty), micros(s.Since.Time)
		}
		lasting := *f
		var part string
		part, lasting.ObservedAt = seenBy(r, f)
		if doc, err = docs.encodeInto(doc[:0], &lasting); err != nil {
			return err
		}
		if part != "" {
			doc = append(doc[:len(doc)-1], `,"part":"`+part+`"}`...)
		}
		row.doc = string(doc)
		h.add("f", row.doc, row.certainty, strconv.FormatInt(row.since, 10))
		out.findings = append(out.findings, row)
	}
	for i := range r.Risks {
		k := &r.Risks[i]
		if doc, err = docs.encodeInto(doc[:0], k); err != nil {
			return err
		}
		out.risks = append(out.risks, riskRow{outcome: string(k.Outcome), level: k.Level.Rank(), deadline: micros(k.Deadline.Time), doc: string(doc)})
		out.level = max(out.level, k.Level.Rank())
		h.add("r", string(doc))
	}
	sum := sha256.Sum256(h.b)
	out.facts = hex.EncodeToString(sum[:8])
	return nil
}
