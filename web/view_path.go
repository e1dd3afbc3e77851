package web

import (
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/present"
)

// pathView is the way from a site's hosts over CNAMEs and addresses to who
// stands behind them, drawn as columns.
type pathView struct {
	W, H  float64
	Nodes []pathNode
	Edges []pathEdge
	Heads []pathHead
	Words []string // the same in sentences, one a host
	Seen  string
	Error string
	Wide  bool // it has a column of CNAMEs
}

type pathHead struct {
	X    float64
	Text string
}

type pathNode struct {
	X, Y, W, H float64
	Text, Sub  string
	Full       string // where Text was cut
	Class      string // ok, bad, odd or nothing
}

type pathEdge struct{ X1, Y1, X2, Y2, Mid float64 }

const (
	pathRow     = 46.0
	pathBox     = 38.0
	pathTop     = 28.0
	pathGap     = 32.0
	pathPerHost = 3 // addresses of one host that are drawn; the others are counted
	pathHosts   = 12
)

// The columns are host, CNAME, address, and who stands behind it.

// pathWidths are those columns.
func pathWidths() [4]float64 { return [4]float64{176, 208, 156, 196} }

// place is who and where an address is.
type place struct{ name, where, class string }

// path draws what DNS said. keepers are the hosts that keep the filing alive.
func (w words) path(r *domaincheck.Report) *pathView {
	res := r.Observation.Resolution
	if res == nil {
		return nil
	}
	v := &pathView{Seen: w.instant(res.At.Time)}
	if res.LastAttempt != nil && res.LastAttempt.At.After(res.At.Time) {
		v.Error = w.say("最近一次没有查到：", "the newest look failed: ") + w.outcome(res.LastAttempt.Outcome)
	}
	d := &pathDrawing{words: w, r: r, v: v, who: map[place][]float64{}}
	for _, h := range res.Hosts {
		if len(h.CNAME) > 0 {
			d.named = true
		}
	}
	v.Wide = d.named
	d.columns()
	for i := range res.Hosts {
		if i == pathHosts {
			v.Words = append(v.Words, w.sayf("另有 %d 个主机没有画出", "%d more hosts are not drawn", len(res.Hosts)-pathHosts))
			break
		}
		d.host(&res.Hosts[i])
	}
	d.places()
	return v
}

type pathDrawing struct {
	words
	r     *domaincheck.Report
	v     *pathView
	named bool // some host has a CNAME, so that there is a column of them
	x     [4]float64
	y     float64
	order []place
	who   map[place][]float64 // the heights of the addresses that lead there
}

func (d *pathDrawing) columns() {
	x := 1.0
	heads := [4]string{d.say("主机", "Host"), "CNAME", d.say("地址", "Address"), d.say("由谁提供，在哪里", "Provided by, where")}
	for i, width := range pathWidths() {
		if i == 1 && !d.named {
			d.x[1] = x
			continue
		}
		d.x[i] = x
		d.v.Heads = append(d.v.Heads, pathHead{x, heads[i]})
		x += width + pathGap
	}
	d.v.W = x - pathGap + 1
	d.y = pathTop
}

func (d *pathDrawing) node(column int, y float64, text, sub, class string) pathNode {
	short := fit(text, pathWidths()[column]-20)
	n := pathNode{X: d.x[column], Y: y, W: pathWidths()[column], H: pathBox, Text: short, Sub: fit(sub, pathWidths()[column]-20), Class: class}
	if short != text {
		n.Full = text
	}
	d.v.Nodes = append(d.v.Nodes, n)
	return n
}

func (d *pathDrawing) edge(from pathNode, to pathNode) {
	x1, x2 := from.X+from.W, to.X
	d.v.Edges = append(d.v.Edges, pathEdge{x1, from.Y + from.H/2, x2, to.Y + to.H/2, (x1 + x2) / 2})
}

// host draws one host with what it leads to.
func (d *pathDrawing) host(h *domaincheck.Host) {
	shown := h.Addresses[:min(len(h.Addresses), pathPerHost)]
	rows := max(1, len(shown))
	middle := d.y + float64(rows-1)*pathRow/2
	class, sub := "", ""
	keeper := slices.ContainsFunc(d.r.Keepers, func(k domaincheck.Keeper) bool { return k.Host == h.Host })
	switch {
	case keeper:
		class, sub = "ok", d.say("✓ 维持备案", "✓ keeps the filing alive")
	case len(h.Addresses) == 0:
		class, sub = "odd", d.answer(h)
	}
	start := d.node(0, middle, siteLabel(h.Host), sub, class)
	words := siteLabel(h.Host)
	from := start
	if len(h.CNAME) > 0 {
		last := clean(h.CNAME[len(h.CNAME)-1])
		note := ""
		if len(h.CNAME) > 1 {
			note = d.sayf("经 %d 级 CNAME", "after %d CNAMEs", len(h.CNAME))
		}
		from = d.node(1, middle, last, note, "")
		d.edge(start, from)
		words += " → " + last
	}
	var ends []string
	for i, a := range shown {
		p := d.place(a)
		sub := d.by(string(a.By))
		if i == len(shown)-1 && len(h.Addresses) > len(shown) {
			sub = d.sayf("另有 %d 个地址", "and %d more addresses", len(h.Addresses)-len(shown))
		}
		n := d.node(2, d.y+float64(i)*pathRow, clean(a.IP), sub, "")
		d.edge(from, n)
		if _, ok := d.who[p]; !ok {
			d.order = append(d.order, p)
		}
		d.who[p] = append(d.who[p], n.Y)
		ends = append(ends, clean(a.IP)+d.say("（", " (")+p.name+d.say("，", ", ")+p.where+d.say("）", ")"))
	}
	if len(ends) == 0 {
		ends = append(ends, d.answer(h))
	}
	d.v.Words = append(d.v.Words, words+" → "+strings.Join(ends, d.say("、", ", ")))
	d.y += float64(rows) * pathRow
}

// answer says why a host has no address.
func (d *pathDrawing) answer(h *domaincheck.Host) string {
	switch {
	case h.Loop:
		return d.say("CNAME 成环", "CNAME loop")
	case h.Outcome != domaincheck.OutcomeOK:
		return d.outcome(h.Outcome)
	case h.RCode == "NXDOMAIN":
		return d.say("没有这个名字", "no such name")
	}
	return d.say("没有地址", "no address")
}

func (d *pathDrawing) by(by string) string {
	switch by {
	case "user":
		return d.say("凭自有网段认出", "known by your networks")
	case "cname":
		return d.say("凭 CNAME 认出", "known by CNAME")
	case "asn":
		return d.say("凭自治系统认出", "known by AS number")
	}
	return d.say("凭国家库认出", "known by country")
}

// place tells who provides an address, where it is, and what that means for
// the filing, in a sign and a word.
func (d *pathDrawing) place(a domaincheck.Address) place {
	p := place{name: d.provider(string(a.Provider)), where: clean(string(a.Country))}
	if p.name == "" {
		p.name = d.say("接入商不明", "provider not known")
		if a.ASName != "" {
			p.name = clipped(string(a.ASName), 24)
		}
	}
	if a.CDN {
		p.name += " CDN"
	}
	filed := d.r.Site != nil && d.r.Site.State == domaincheck.StateFiled
	recorded := d.r.Site != nil && slices.ContainsFunc(d.r.Site.Access, func(x domaincheck.Access) bool {
		return x.State != domaincheck.AccessCancelled && (domaincheck.Text(x.Provider) == a.Provider || d.provider(x.Provider) == d.provider(string(a.Provider)) && a.Provider != "")
	})
	switch {
	case a.Mainland == nil:
		p.where, p.class = d.say("? 看不出是否在境内", "? place not known"), "odd"
	case !*a.Mainland:
		p.where = d.say("境外 ", "abroad ") + p.where
		if filed {
			p.where, p.class = "✕ "+p.where, "bad"
		}
	case recorded:
		p.where, p.class = d.say("✓ 境内 · 有接入记录", "✓ mainland · on record"), "ok"
	case filed && a.Provider == "":
		p.where, p.class = d.say("境内 · 看不出接入商", "mainland · provider not known"), "odd"
	case filed && len(d.r.Site.Access) > 0:
		p.where, p.class = d.say("✕ 境内 · 没有接入记录", "✕ mainland · not on record"), "bad"
		if a.CDN {
			p.where, p.class = d.say("境内 · 请核对源站接入", "mainland · check the origin"), ""
		}
	default:
		p.where = d.say("境内", "mainland")
	}
	return p
}

// places draws the last column: each provider once, near what leads to it.
func (d *pathDrawing) places() {
	y := pathTop
	for _, p := range d.order {
		at := d.who[p]
		sum := 0.0
		for _, v := range at {
			sum += v
		}
		y = max(y, sum/float64(len(at)))
		n := d.node(3, y, p.name, p.where, p.class)
		for _, a := range at {
			d.edge(pathNode{X: d.x[2], Y: a, W: pathWidths()[2], H: pathBox}, n)
		}
		y += pathRow
	}
	d.v.H = max(d.y, y) + 4
}

// fit cuts a text to a width in pixels, as wide as a 13 px font draws it at
// most: ideographs 13, others 7.4.
func fit(text string, width float64) string {
	used := 0.0
	for i, r := range text {
		step := 7.4
		if present.Columns(string(r)) == 2 {
			step = 13
		}
		if used+step > width {
			return strings.TrimRight(text[:i], " .-") + "…"
		}
		used += step
	}
	return text
}
