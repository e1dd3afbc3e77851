package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"domaincheck"
	"domaincheck/store"
)

// Meter takes what the daemon measures while it works; /metrics shows it. Make
// it with NewMeter before the scheduler and the notifier, hand it to both, and
// to Options. A nil Meter takes everything and shows nothing. Safe for
// concurrent use.
//
// Every label has few values: parts, outcomes, channels of the settings,
// registries (the busiest only), routes. No metric has a label for sites.
type Meter struct {
	registry *prometheus.Registry
	looks    *prometheus.HistogramVec
	waits    *prometheus.HistogramVec
	refusals *prometheus.CounterVec
	tries    *prometheus.CounterVec
	requests *prometheus.HistogramVec
	paces    labels
	channels labels
}

// NewMeter makes a meter with a registry of its own.
func NewMeter() *Meter {
	m := &Meter{
		registry: prometheus.NewRegistry(),
		looks: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "domaincheck_look_duration_seconds", Help: "How long looks at a part of a site took, by part and outcome.",
			Buckets: []float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100},
		}, []string{"part", "outcome"}),
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "domaincheck_registry_wait_seconds", Help: "How long a question to a registry waited for its turn, by registry.",
			Buckets: []float64{0.1, 1, 10, 60, 600, 3600},
		}, []string{"registry"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "domaincheck_registry_refusals_total", Help: "Answers of registries that refused a question, by registry.",
		}, []string{"registry"}),
		tries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "domaincheck_deliveries_total", Help: "Tries to deliver a message, by channel and outcome (delivered, retry, dead).",
		}, []string{"channel", "outcome"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "domaincheck_http_request_duration_seconds", Help: "How long answers took, by kind (api, page, static, other) and class of status.",
			Buckets: []float64{0.005, 0.025, 0.1, 0.5, 2, 10},
		}, []string{"kind", "class"}),
		paces: labels{most: 50}, channels: labels{most: 100},
	}
	m.registry.MustRegister(m.looks, m.waits, m.refusals, m.tries, m.requests)
	// What the runtime tells of itself keeps to the prefix of all names here.
	prometheus.WrapRegistererWithPrefix("domaincheck_", m.registry).MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Look counts a look at a part (registration, resolution, page, record), its
// outcome and how long it took.
func (m *Meter) Look(part string, outcome domaincheck.Outcome, took time.Duration) {
	if m != nil {
		m.looks.WithLabelValues(part, string(outcome)).Observe(took.Seconds())
	}
}

// Waited counts how long a question to a registry waited for its turn.
func (m *Meter) Waited(registry string, took time.Duration) {
	if m != nil {
		m.waits.WithLabelValues(m.paces.of(registry)).Observe(took.Seconds())
	}
}

// Refused counts a registry's refusal.
func (m *Meter) Refused(registry string) {
	if m != nil {
		m.refusals.WithLabelValues(m.paces.of(registry)).Inc()
	}
}

// Delivered counts a try to deliver: outcome is delivered, retry or dead.
func (m *Meter) Delivered(channel, outcome string) {
	if m != nil {
		m.tries.WithLabelValues(m.channels.of(channel), outcome).Inc()
	}
}

func (m *Meter) request(path string, status int, took time.Duration) {
	if m == nil {
		return
	}
	kind := "page"
	switch {
	case strings.HasPrefix(path, apiRoot+"/"):
		kind = "api"
	case strings.HasPrefix(path, "/static/"):
		kind = "static"
	case path == "/metrics" || path == "/healthz" || path == "/readyz":
		kind = "other"
	}
	m.requests.WithLabelValues(kind, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

// metricsFor answers one reading of /metrics: what the meter took, and what
// store and daemon tell now.
func (s *Server) metricsFor(ctx context.Context) http.Handler {
	own := prometheus.NewRegistry()
	own.MustRegister(&gauges{s: s, ctx: ctx})
	all := prometheus.Gatherers{own}
	if s.o.Meter != nil {
		all = append(all, s.o.Meter.registry)
	}
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{ErrorLog: metricsLog{s}, ErrorHandling: promhttp.ContinueOnError, EnableOpenMetrics: true})
}

type metricsLog struct{ s *Server }

// Println implements promhttp.Logger.
func (l metricsLog) Println(v ...any) { l.s.o.Log.Warn("metrics", "error", v) }

// serveMetrics shows the metrics to whoever sees all sites: they count them.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if p, _ := PrincipalOf(r.Context()); p.Scoped() {
		s.fail(w, r, outOfScope(p))
		return
	}
	select {
	case s.reading <- struct{}{}:
		defer func() { <-s.reading }()
	default:
		s.fail(w, r, problem(http.StatusTooManyRequests, "rate_limited", "the metrics are being read already").with("Retry-After", "5"))
		return
	}
	s.metricsFor(r.Context()).ServeHTTP(w, r)
}

// gauges asks store and daemon for one reading; ctx is that of the request,
// which a collector cannot be handed otherwise.
type gauges struct {
	s   *Server
	ctx context.Context
}

// Describe sends nothing: the set of gauges depends on what there is.
func (g *gauges) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(g.ctx, 20*time.Second)
	defer cancel()
	c := &collection{out: out}
	if err := g.sites(ctx, c); err != nil {
		g.s.o.Log.Warn("metrics: the store does not tell", "error", err)
		c.gauge("domaincheck_store_up", "1 while the store answers.", 0)
	} else {
		c.gauge("domaincheck_store_up", "1 while the store answers.", 1)
	}
	g.daemon(ctx, c)
	version := g.s.o.Version
	if version == "" {
		version = "unknown"
	}
	c.gauge("domaincheck_build_info", "Always 1; the version is in the label.", 1, "version", version)
}

// collection sends gauges.
type collection struct{ out chan<- prometheus.Metric }

// gauge sends one; labels are names and values in turn.
func (c *collection) gauge(name, help string, v float64, labels ...string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	m, err := prometheus.NewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.GaugeValue, v, values...)
	if err != nil {
		m = prometheus.NewInvalidMetric(prometheus.NewDesc(name, help, names, nil), err)
	}
	c.out <- m
}

// sites tells how the sites stand.
func (g *gauges) sites(ctx context.Context, c *collection) error {
	st := g.s.o.Store
	o, err := st.Overview(ctx, store.Scope{}, st.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	c.gauge("domaincheck_sites", "Sites of the inventory.", float64(o.Sites))
	for _, v := range []domaincheck.Verdict{domaincheck.VerdictPass, domaincheck.VerdictFail, domaincheck.VerdictUnknown, ""} {
		c.gauge("domaincheck_sites_by_verdict", "Sites by verdict; none: not looked at yet.", float64(o.Verdicts[v]), "verdict", orNone(string(v)))
	}
	for _, v := range []domaincheck.SiteState{domaincheck.StateUnfiled, domaincheck.StateNotRequired, domaincheck.StateFiling, domaincheck.StateFiled, domaincheck.StateCancelled, ""} {
		c.gauge("domaincheck_sites_by_state", "Sites by the state of their filing.", float64(o.States[v]), "state", orNone(string(v)))
	}
	for _, v := range []domaincheck.Severity{domaincheck.Critical, domaincheck.High, domaincheck.Medium, domaincheck.Low, domaincheck.Info, ""} {
		c.gauge("domaincheck_sites_by_risk", "Sites by the level of their worst risk.", float64(o.Levels[v]), "level", orNone(string(v)))
	}
	for _, v := range []domaincheck.RiskOutcome{domaincheck.RiskBlock, domaincheck.RiskDeAccess, domaincheck.RiskEmptyShell, domaincheck.RiskDeregistration, domaincheck.RiskFine, domaincheck.RiskNotFileable} {
		c.gauge("domaincheck_sites_at_risk", "Sites with a risk of an outcome.", float64(o.Outcomes[v]), "outcome", string(v))
	}
	for _, v := range o.Coverage {
		c.gauge("domaincheck_sites_stale", "Sites of which a part was not truly looked at within 24 h.", float64(v.Old), "part", string(v.Part))
		c.gauge("domaincheck_sites_never_looked", "Sites of which a part was never truly looked at.", float64(v.Never), "part", string(v.Part))
	}
	if err := g.expiry(ctx, c, o.Sites); err != nil {
		return err
	}
	asked, err := st.Asked(ctx)
	if err != nil {
		return err
	}
	c.gauge("domaincheck_checks_queued", "Sites that somebody asked to be checked now and that wait.", float64(asked))
	channels, err := st.Channels(ctx, store.Scope{})
	if err != nil {
		return err
	}
	for _, ch := range g.s.o.Channels {
		n := store.ChannelCount{}
		if i := slices.IndexFunc(channels, func(x store.ChannelCount) bool { return x.Channel == ch.Name }); i >= 0 {
			n = channels[i]
		}
		c.queue(ch.Name, n, st.Now())
	}
	if gone := g.s.removed(channels); len(gone) > 0 { // all as one: names that come and go would be series without end
		sum := store.ChannelCount{}
		for _, n := range gone {
			sum.Pending, sum.Dead = sum.Pending+n.Pending, sum.Dead+n.Dead
			if sum.Oldest.IsZero() || !n.Oldest.IsZero() && n.Oldest.Before(sum.Oldest) {
				sum.Oldest = n.Oldest
			}
		}
		c.queue("(removed)", sum, st.Now())
	}
	return nil
}

// queue tells how the outbox of a channel stands.
func (c *collection) queue(channel string, n store.ChannelCount, now time.Time) {
	age := 0.0
	if !n.Oldest.IsZero() {
		age = now.Sub(n.Oldest).Seconds()
	}
	c.gauge("domaincheck_outbox_pending", "Messages that wait for delivery, by channel.", float64(n.Pending), "channel", channel)
	c.gauge("domaincheck_outbox_dead", "Messages given up on, by channel.", float64(n.Dead), "channel", channel)
	c.gauge("domaincheck_outbox_oldest_seconds", "Age of the oldest message that waits, by channel.", age, "channel", channel)
}

// expiry counts domains by the days that are left.
func (g *gauges) expiry(ctx context.Context, c *collection, sites int64) error {
	counts, err := g.s.o.Store.ExpiryCounts(ctx, []int{0, 7, 30, 90, 365})
	if err != nil {
		return err
	}
	const help = "Domains by the days left until their registration ends; a domain stands in one bucket only."
	for i, left := range []string{"expired", "7", "30", "90", "365", "more"} {
		c.gauge("domaincheck_domains_by_expiry", help, float64(counts[i]), "up_to", left)
		sites -= counts[i]
	}
	c.gauge("domaincheck_domains_by_expiry", help, float64(max(0, sites)), "up_to", "unknown")
	return nil
}

// daemon tells what the daemon says of itself.
func (g *gauges) daemon(ctx context.Context, c *collection) {
	if g.s.o.Status == nil {
		return
	}
	st := g.s.o.Status(ctx)
	now := g.s.o.Now()
	blind := map[string]float64{}
	for _, b := range st.Blind {
		blind[b.Part] = 1
	}
	for _, p := range st.Parts {
		lag := 0.0
		if !p.Oldest.IsZero() {
			lag = max(0, now.Sub(p.Oldest.Time).Seconds())
		}
		over := 0.0
		if p.Overrun {
			over = 1
		}
		c.gauge("domaincheck_part_due", "Sites of which a part is due now, by part.", float64(p.Due), "part", p.Part)
		c.gauge("domaincheck_part_running", "Looks that run now, by part.", float64(p.Running), "part", p.Part)
		c.gauge("domaincheck_part_lag_seconds", "How long the longest due site has waited, by part.", lag, "part", p.Part)
		c.gauge("domaincheck_part_overrun", "1 if the last sweep took longer than its interval, by part.", over, "part", p.Part)
		c.gauge("domaincheck_blind", "1 while nothing at all can be seen of a part: every look fails.", blind[p.Part], "part", p.Part)
	}
	paces := slices.Clone(st.Paces)
	slices.SortStableFunc(paces, func(a, b PaceStatus) int { return b.Sites - a.Sites })
	for i, p := range paces {
		if i == 50 {
			break
		}
		blocked := 0.0
		if !p.Blocked.IsZero() {
			blocked = max(0, p.Blocked.Sub(now).Seconds())
		}
		c.gauge("domaincheck_registry_pace_per_second", "Questions a second that a registry is asked at most.", p.PerSecond, "registry", p.Key)
		c.gauge("domaincheck_registry_blocked_seconds", "How long a registry is left alone yet.", blocked, "registry", p.Key)
	}
	for _, ch := range st.Channels {
		failing := 0.0
		if !ch.Failing.IsZero() {
			failing = max(0, now.Sub(ch.Failing.Time).Seconds())
		}
		c.gauge("domaincheck_channel_failing_seconds", "How long a channel has been failing; 0 while it delivers.", failing, "channel", ch.Channel)
	}
	if st.Reload != nil {
		bad := 0.0
		if st.Reload.Error != nil || len(st.Reload.Refused) > 0 {
			bad = 1
		}
		c.gauge("domaincheck_reload_failed", "1 if the newest reading of settings or inventory met an error.", bad)
	}
	if !st.Started.IsZero() {
		c.gauge("domaincheck_start_time_seconds", "When the daemon started, in Unix seconds.", float64(st.Started.Unix()))
	}
}

func orNone(word string) string {
	if word == "" {
		return "none"
	}
	return word
}
