package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the harness looks at the database itself

	"domaincheck/lab"
	"domaincheck/store"
	"domaincheck/store/storetest"
)

// fleet is some nodes of the daemon on one PostgreSQL, each a process with ways
// of its own to the database and to the world, so that what each one asks is
// seen and each can be cut off.
type fleet struct {
	*killable
	pg    *storetest.Postgres
	db    *sql.DB
	sites map[string]bool
	asked *askings
	nodes []*node
	died  map[int][]time.Time
}

// node is one process of a fleet.
type node struct {
	*life
	number int
	file   string
	way    *sluice
	owner  string // as it calls itself
}

// A site that plays playedStory breaks playedRule.
const (
	playedStory = "number_missing"
	playedRule  = "site.number"
)

const (
	fleetNodes = 3
	fleetSites = 30
)

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{
		killable: newKillableLab(t, lab.Options{Seed: 5, Sites: fleetSites, Stories: []string{"healthy_cn", "healthy_cn", "healthy_cn", "number_missing", "expires_5_days"}}),
		pg:       storetest.StartPostgres(t), asked: newAskings(), sites: map[string]bool{}, died: map[int][]time.Time{},
	}
	f.store = f.pg.New(t)
	var err error
	if f.db, err = sql.Open("pgx", f.store); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.db.Close() })
	// What it acknowledged must be there after a crash, as it is by default.
	if _, err := f.db.ExecContext(t.Context(), `ALTER DATABASE `+strings.Trim(f.database(), "/")+` SET synchronous_commit = on`); err != nil {
		t.Fatal(err)
	}
	if f.opened, err = store.Open(t.Context(), store.Options{URL: f.store}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.opened.Close() })
	for _, truth := range f.lab.Truth() {
		f.sites[truth.Domain] = true
		if truth.Story == "healthy_cn" {
			f.site = truth.Domain
		}
	}
	for i := range fleetNodes {
		f.nodes = append(f.nodes, f.newNode(i))
	}
	t.Cleanup(func() { // before the ways are closed
		for _, n := range f.nodes {
			if n.life != nil {
				n.life.kill()
			}
		}
	})
	return f
}

// database is the path of the store's URL.
func (f *fleet) database() string {
	u, err := url.Parse(f.store)
	if err != nil {
		f.t.Fatal(err)
	}
	return u.Path
}

// newNode writes a node's settings and opens its ways.
func (f *fleet) newNode(number int) *node {
	f.t.Helper()
	n := &node{number: number, file: fmt.Sprintf("node%d.yaml", number)}
	way, address := newSluice(f.t, f.pg.Socket())
	n.way = way
	settings := f.settings()
	settings["store"] = fmt.Sprintf("postgres://postgres@%s%s?sslmode=disable&application_name=node%d", address, f.database(), number)
	settings["schedule"] = map[string]any{"access": "@every 2s", "page": "@every 3s", "registration": "@every 1s"}
	settings["limits"] = map[string]any{"concurrency": 8, "whois_per_second": 1000, "whois_burst": 1000}
	network := settings["network"].(map[string]any)
	network["resolvers"] = []string{f.resolver(number)}
	whois := map[string]any{}
	for suffix, server := range f.lab.WHOISServers() {
		whois[suffix] = f.relay(number, "registration", server, f.inLine)
	}
	rdap := map[string]any{}
	for suffix, base := range f.lab.RDAPBases() {
		u, err := url.Parse(base)
		if err != nil {
			f.t.Fatal(err)
		}
		rdap[suffix] = f.rdap(number, u)
	}
	network["rdap"] = map[string]any{"bases": rdap}
	network["whois"] = map[string]any{"servers": whois}
	var connect []string
	for _, m := range f.lab.ConnectTo() {
		if to, ok := strings.CutPrefix(m, ":80:"); ok {
			m = ":80:" + f.relay(number, "page", to, f.inHost)
		} else if to, ok := strings.CutPrefix(m, ":443:"); ok {
			m = ":443:" + f.relay(number, "page", to, f.inHello)
		}
		connect = append(connect, m)
	}
	network["http"] = map[string]any{"connect_to": connect}
	network["timeout"] = "5s"
	f.write(n.file, settings)
	return n
}

// up starts nodes and waits until they listen.
func (f *fleet) up(nodes ...*node) {
	f.t.Helper()
	for _, n := range nodes {
		n.life = f.startWith(n.file)
	}
	for _, n := range nodes {
		f.listening(n.life)
		n.owner = n.out.value("node")
	}
}

// column reads a column of texts; nothing while the database does not answer.
func (f *fleet) column(query string) []string {
	ctx, cancel := context.WithTimeout(f.t.Context(), 5*time.Second)
	defer cancel()
	rows, err := f.db.QueryContext(ctx, query)
	if err != nil {
		return nil
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if rows.Scan(&s) == nil {
			all = append(all, s)
		}
	}
	return all
}

// leader is the node that leads now.
func (f *fleet) leader() *node {
	f.t.Helper()
	var found *node
	f.until("a leader", 60*time.Second, func() string {
		for _, id := range f.column(`SELECT leader_id FROM domaincheck_river.river_leader WHERE expires_at > now()`) {
			for _, n := range f.nodes {
				if n.life != nil && n.owner == id {
					found = n
					return ""
				}
			}
		}
		return "none"
	})
	return found
}

// follower is a node that does not lead, other than those named.
func (f *fleet) follower(but ...*node) *node {
	f.t.Helper()
	leader := f.leader()
	for _, n := range f.nodes {
		if n.life != nil && n != leader && !slices.Contains(but, n) {
			return n
		}
	}
	f.t.Fatal("there is no other node")
	return nil
}

// kill ends a node without a word, in the midst of its looks.
func (f *fleet) kill(n *node) int {
	f.t.Helper()
	under := f.asked.busy(f.t, n.number, 3)
	n.life.kill()
	f.died[n.number] = append(f.died[n.number], time.Now())
	n.life = nil
	return under
}

// until waits for something: is tells what is missing, "" when nothing is.
func (f *fleet) until(what string, limit time.Duration, is func() string) {
	f.t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		missing := is()
		if missing == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			for _, n := range f.nodes {
				if n.life != nil {
					f.t.Logf("node %d (%s) says:\n%s", n.number, n.owner, tailOf(n.life.err.String(), 6000))
				}
			}
			f.t.Fatalf("%s: not within %s: %s", what, limit, missing)
		}
	}
}

func tailOf(text string, n int) string { return text[max(0, len(text)-n):] }

// allLooked waits until every part of every site was looked at since a moment,
// and gives how long that took. A minute is what a dead node's work may wait.
func (f *fleet) allLooked(what string, since time.Time) time.Duration {
	f.t.Helper()
	f.until(what, time.Minute, func() string {
		asked := f.asked.after(since)
		var missing []string
		for site := range f.sites {
			for _, part := range []string{"resolution", "page", "registration"} {
				if !asked[part+" "+site] {
					missing = append(missing, part+" "+site)
				}
			}
		}
		return strings.Join(missing, ", ")
	})
	return time.Since(since)
}

// plant makes sites play a story; their own again for "".
func (f *fleet) plant(story string, sites ...string) {
	f.t.Helper()
	for _, site := range sites {
		if err := f.lab.Play(site, story); err != nil {
			f.t.Fatal(err)
		}
	}
}

// heard waits until as many openings or endings as there were turns are told.
func (f *fleet) heard(what, event string, sites ...string) {
	f.t.Helper()
	f.until(what, 90*time.Second, func() string {
		open := f.toldOpen()
		var missing []string
		for _, site := range sites {
			if open[site] != (event == "opened") {
				missing = append(missing, event+" "+site)
			}
		}
		return strings.Join(missing, ", ")
	})
}

// toldOpen are the sites whose missing number was told and not taken back yet,
// in the order in which messages came.
func (f *fleet) toldOpen() map[string]bool {
	open := map[string]bool{}
	for _, h := range f.robots.Posted("webhook") {
		var b hookBody
		if err := json.Unmarshal(h.Body, &b); err != nil {
			f.t.Fatalf("%v: %s", err, h.Body)
		}
		if b.Rule == playedRule {
			open[b.Domain] = b.Event != "resolved"
		}
	}
	return open
}

// healthy are sites without a fault of their own.
func (f *fleet) healthy(n int) []string {
	var all []string
	for _, truth := range f.lab.Truth() {
		if truth.Story == "healthy_cn" && len(all) < n {
			all = append(all, truth.Domain)
		}
	}
	return all
}

// close stops all nodes as a service manager does and judges the run.
func (f *fleet) close() {
	f.t.Helper()
	f.settled(60 * time.Second)
	for _, n := range f.nodes {
		if n.life != nil {
			n.life.end()
			n.life = nil
		}
	}
	f.judge()
	twice, looks := f.asked.twice(f.died)
	for i, what := range twice {
		if i == 20 {
			f.t.Errorf("… and %d more", len(twice)-i)
			break
		}
		f.t.Errorf("looked at twice at once: %s", what)
	}
	byNode := map[int]int{}
	f.asked.mu.Lock()
	for i := range f.asked.all {
		byNode[f.asked.all[i].node]++
	}
	f.asked.mu.Unlock()
	f.t.Logf("%d looks, %d of them at once; questions by node: %v; %s", looks, len(twice), slices.Sorted(maps.Values(byNode)), f.tally)
}

// joined waits until nodes take part again.
func (f *fleet) joined(nodes ...*node) {
	f.t.Helper()
	since := time.Now()
	f.until("all work again", time.Minute, func() string {
		f.asked.mu.Lock()
		defer f.asked.mu.Unlock()
		asks := map[int]bool{}
		for i := range f.asked.all {
			if q := &f.asked.all[i]; q.begun.After(since) {
				asks[q.node] = true
			}
		}
		for _, n := range nodes {
			if !asks[n.number] {
				return fmt.Sprintf("node %d asks nothing", n.number)
			}
		}
		return ""
	})
}
