package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOutsideSpeech holds what is printed for people to its words.
func TestOutsideSpeech(t *testing.T) {
	_, check := oDesk(t)
	for _, c := range []struct{ domain, lang, has string }{
		{"desk-ok.cn", "zh", "符合"}, {"desk-high.cn", "zh", "不符合"}, {"desk-blind.cn", "zh", "暂时无法判断"}, {"desk-high.cn", "en", "fail"}, {"desk-blind.cn", "en", "unknown"}, {"desk-ok.cn", "en", "pass"},
	} {
		_, out, _ := check("", "--format", "text", "--lang", c.lang, c.domain)
		first, _, _ := strings.Cut(out, "\n")
		if !strings.Contains(first, c.has) {
			t.Errorf("%s %s: no %q in %q", c.domain, c.lang, c.has, first)
		}
		for _, never := range []string{"掉备案", "违法"} {
			if strings.Contains(out, never) {
				t.Errorf("%s says %s", c.domain, never)
			}
		}
	}
	_, out, _ := check("", "--format", "text", "--lang", "zh", "desk-ok.cn")
	if n := strings.Count(out, "\n"); n > 12 || !strings.Contains(out, "补充这") {
		t.Errorf("undeclared facts are not one closing line:\n%s", out)
	}
}

// TestOutsideDown takes one server away at a time: what it would have told is
// unknown, the rest is judged.
func TestOutsideDown(t *testing.T) {
	w := oStart(t)
	s := oHealthy("down.cn")
	w.add(s)
	refused := oListen(t, func(c net.Conn) { c.(*net.TCPConn).SetLinger(0); c.Close() })
	for name, c := range map[string]struct {
		before []string
		says   []string
	}{
		"resolver closed":    {[]string{"--resolver", w.closed}, []string{"access.resolves unknown unobserved", "access.mainland unknown unobserved", "domain.registered pass", "site.reachable unknown unobserved"}},
		"resolver silent":    {[]string{"--resolver", w.hang}, []string{"access.resolves unknown unobserved", "access.provider unknown unobserved"}},
		"whois closed":       {[]string{"--whois-server", "*=" + w.closed}, []string{"domain.registered unknown unobserved", "domain.expiry unknown unobserved", "access.resolves pass", "site.number pass"}},
		"whois silent":       {[]string{"--whois-server", "*=" + w.hang}, []string{"domain.registered unknown unobserved", "domain.status unknown unobserved", "site.number pass"}},
		"whois reset":        {[]string{"--whois-server", "*=" + refused}, []string{"domain.registered unknown unobserved", "domain.holder unknown unobserved"}},
		"authorities closed": {[]string{"--connect-to", ":53:" + w.closed}, []string{"access.resolves pass"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"check", "--json"}
			kind := c.before[0]
			flags := w.flags(t)
			if kind != "--connect-to" {
				for i := 0; i < len(flags); i++ {
					if flags[i] == kind {
						i++
						continue
					}
					args = append(args, flags[i])
				}
				args = append(args, c.before...)
			} else {
				args = append(append(args, c.before...), flags...)
			}
			plain := "domain: down.cn\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun]\n"
			start := time.Now()
			status, out, errs := oRun(t, append(append(args, "--timeout", "600ms"), append(oFacts(t, plain), "down.cn")...)...)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			r := &oReport{t: t, status: status, out: out}
			if err := json.Unmarshal([]byte(out), &r.m); err != nil {
				t.Fatalf("%v %s", err, errs)
			}
			r.says(c.says...)
			oShape(t, r)
			if kind != "--connect-to" {
				r.ends("unknown")
			}
		})
	}
}

// TestOutsidePages looks at the pages of several domains and hosts.
func TestOutsidePages(t *testing.T) {
	w := oStart(t)
	main := oHealthy("pages-main.cn")
	main.names["shop"] = oName{a: []string{oAliyun}}
	main.page = func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Host, "shop.") {
			oPage("没有编号")(rw, r)
			return
		}
		oPage(oMIIT(oNumber))(rw, r)
	}
	w.add(main)
	alias := oHealthy("pages-alias.cn")
	alias.page = oPage("没有编号")
	w.add(alias)
	api := oHealthy("pages-api.cn")
	api.page = oPage("没有编号")
	api.names = oAnswers(oName{a: []string{oTencent}})
	w.add(api)
	facts := "domains: [{domain: pages-main.cn, role: main}, {domain: pages-alias.cn, role: alias}, {domain: pages-api.cn, role: api}]\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun]\nhome: http://www.pages-main.cn/start\n"
	r := w.check(t, append(oFacts(t, facts), "pages-main.cn")...)
	r.says("site.number@pages-main.cn pass", "site.number@pages-alias.cn fail medium", "access.provider@pages-main.cn pass", "access.provider@pages-api.cn fail high", "domain.expiry@pages-api.cn pass")
	r.says("site.number@pages-api.cn not_applicable", "site.reachable@pages-api.cn not_applicable", "site.link@pages-api.cn not_applicable")
	r.ends("fail")
	oShape(t, r)
	oAgain(t, []*oReport{r})
	if _, ok := w.asked.Load("pages-alias.cn"); !ok {
		t.Error("the alias was not fetched")
	}
}

// TestOutsideInterrupt interrupts a check of two sites, one of which hangs: it
// ends soon, with a row for each.
func TestOutsideInterrupt(t *testing.T) {
	w := oStart(t)
	w.add(oHealthy("int-ok.cn"))
	hang := oHealthy("int-hang.cn")
	hang.mode = "hang"
	w.add(hang)
	bin := filepath.Join(t.TempDir(), "domaincheck")
	if b, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	cmd := exec.Command(bin, append(append([]string{"check"}, w.flags(t)...), "--timeout", "300s", "--format", "jsonl", "int-ok.cn", "int-hang.cn")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1)
	if _, err := io.ReadFull(out, buf); err != nil { // the first row is out
		t.Fatal(err)
	}
	start := time.Now()
	cmd.Process.Signal(os.Interrupt)
	rest, _ := io.ReadAll(out)
	err = cmd.Wait()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v to end", took)
	}
	lines := strings.Split(strings.TrimSpace(string(buf)+string(rest)), "\n")
	for _, l := range lines {
		if !json.Valid([]byte(l)) {
			t.Errorf("half a row: %s", l)
		}
	}
	t.Logf("%d rows, %v", len(lines), err)
	if cmd.ProcessState.ExitCode() < 0 {
		t.Errorf("it died: %v", cmd.ProcessState)
	}
}

// TestOutsideTimeout: a time-out alone proves nothing; beside a host that
// answered it is a fault.
func TestOutsideTimeout(t *testing.T) {
	w := oStart(t)
	silent := oHealthy("timeout-main.cn")
	silent.mode = "hang"
	w.add(silent)
	w.add(oHealthy("timeout-alias.cn"))
	facts := "domains: [{domain: timeout-main.cn, role: main}, {domain: timeout-alias.cn, role: alias}]\nname: 示例科技\nstate: filed\nrecord_number: " + oNumber + "\nfiled_on: 2020-05-01\nsubject: {name: " + oCompany + ", kind: unit, province: 北京}\nproviders: [aliyun]\n"
	r := w.check(t, append(oFacts(t, facts), "--timeout", "500ms", "timeout-main.cn")...)
	r.says("site.reachable@timeout-main.cn fail medium", "site.reachable@timeout-alias.cn pass", "site.number@timeout-main.cn unknown unobserved")
	r.ends("fail")
	oAgain(t, []*oReport{r})
}

// TestOutsideVantage: without a word about it, resolvers of unknown place see
// what they see.
func TestOutsideVantage(t *testing.T) {
	w := oStart(t)
	s := oHealthy("vantage.cn")
	s.names = oAnswers(oName{a: []string{oHongKong}})
	w.add(s)
	for vantage, want := range map[string]string{"mainland": "access.mainland fail high", "auto": "access.mainland fail high", "abroad": "access.mainland unknown unobserved"} {
		r := w.check(t, append(oFacts(t, oFiled(s.domain, "")), "--vantage", vantage, s.domain)...)
		r.says(want)
	}
}
