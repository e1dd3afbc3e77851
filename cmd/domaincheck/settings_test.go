package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestFlagsOverSettings: every flag that has a key in the settings gets its
// value from there, and keeps its own where it is given.
func TestFlagsOverSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.yaml")
	text := `
language: en
network:
  resolvers: [10.0.0.1]
  vantage: abroad
  client_subnet: 114.80.0.0/24
  whois: {servers: {".CN": a.example}}
  rdap: {bases: {com: "https://a.example/"}}
  http: {connect_to: [":80::8080"]}
  allow_private: true
  browser: "off"
  ca_file: ca.pem
  timeout: 3s
limits: {concurrency: 7, whois_per_second: 2, whois_burst: 3, servers: {WHOIS.example: 0.5}}
confirm: {looks: 4}
tables: {prefixes: p.csv, provinces: /p}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(file)
	for _, row := range []struct {
		args []string
		want string
	}{
		{nil, "en [10.0.0.1] abroad 114.80.0.0/24 map[cn:a.example] map[com:https://a.example/] [:80::8080] true off " + dir + "/ca.pem 3s 2 3 map[whois.example:0.5]"},
		{[]string{
			"--lang", "zh", "--resolver", "10.0.0.2", "--vantage", "auto", "--client-subnet", "", "--whois-server", "*=b.example", "--rdap-base", "*=",
			"--connect-to", ":::", "--allow-private=false", "--browser", "auto", "--ca-file", "x.pem", "--timeout", "9s", "--whois-per-second", "8", "--whois-burst", "9",
		}, "zh [10.0.0.2] auto  map[*:b.example] map[*:] [:::] false auto x.pem 9s 8 9 map[whois.example:0.5]"},
	} {
		p := &program{}
		root := p.rootCommand()
		if err := root.ParseFlags(append([]string{"-c", file}, row.args...)); err != nil {
			t.Fatal(err)
		}
		if err := p.global.prepare(root); err != nil {
			t.Fatal(err)
		}
		n := p.global.network
		got := fmt.Sprint(p.global.lang, " ", n.Resolvers, " ", n.Vantage, " ", n.ClientSubnet, " ", n.WHOISServers, " ", n.RDAPBases, " ", n.ConnectTo, " ",
			n.AllowPrivate, " ", n.Browser, " ", n.CAFile, " ", n.Timeout, " ", n.WHOISPerSecond, " ", n.WHOISBurst, " ", n.WHOISLimits)
		if got != row.want {
			t.Errorf("%v:\n%s\nwant\n%s", row.args, got, row.want)
		}
		files := p.global.tableFiles()
		if files.Prefixes != filepath.Join(dir, "p.csv") || files.Provinces != "/p" || *files.Confirm.Looks != 4 {
			t.Errorf("tables %+v", files)
		}
		if p.global.settings.Limits.Concurrency != 7 {
			t.Errorf("concurrency %d", p.global.settings.Limits.Concurrency)
		}
	}
	var plain program
	if err := plain.rootCommand().ParseFlags(nil); err != nil {
		t.Fatal(err)
	}
	if err := plain.global.settle(); err != nil {
		t.Fatal(err)
	}
	if n := plain.global.network; n.Timeout != 10*time.Second || n.Vantage != "auto" || n.Browser != "auto" || n.WHOISPerSecond != 1 || n.WHOISBurst != 5 {
		t.Errorf("defaults %+v", n)
	}
}
