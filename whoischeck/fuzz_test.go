package whoischeck

import (
	"os"
	"testing"

	domaincheck "domaincheck"
)

// checkBounded states what holds for every answer whatever the bytes: an
// outcome, an error exactly where nothing was learnt, facts of bounded length.
func checkBounded(t *testing.T, r *domaincheck.Registration) {
	t.Helper()
	if r.Outcome.Conclusive() != (r.Error == nil) {
		t.Fatalf("outcome %q with error %v", r.Outcome, r.Error)
	}
	if len(r.Nameservers) > maxFacts || len(r.Statuses) > maxFacts {
		t.Fatalf("%d name servers, %d statuses", len(r.Nameservers), len(r.Statuses))
	}
	if g := r.Registrant; g != nil && (len(g.Name) > 4*maxName || len(g.Organization) > 4*maxName || len(g.Country) > 4*maxName || len(g.OtherNames) > 2*maxFacts) {
		t.Fatalf("holder too long: %+v", g)
	}
	if g := r.Registrar; g != nil && (len(g.Name) > 4*maxName || len(g.URL) > 4*maxName) {
		t.Fatalf("registrar too long: %+v", g)
	}
	for _, n := range r.Nameservers {
		if !looksHost(n) {
			t.Fatalf("name server %q", n)
		}
	}
}

// FuzzParseWHOIS: no panic; bounded output; reading the repaired text gives
// what reading the bytes gave; a refusal at the head is never read as a record
// or as absence.
func FuzzParseWHOIS(f *testing.F) {
	for i, s := range samples(f) {
		if i%4 == 0 {
			f.Add(s.domain, s.text)
		}
	}
	f.Fuzz(func(t *testing.T, domain string, raw []byte) {
		r := ParseWHOIS(domain, raw)
		checkBounded(t, r)
		text := repairText(aLabel(domain), raw[:min(len(raw), MaxWHOIS)])
		again := repairText(aLabel(domain), []byte(text))
		if again == text { // no second byte order mark, no escape left
			if r2 := ParseWHOIS(domain, []byte(text)); len(text) <= MaxWHOIS && (r2.Outcome != r.Outcome || !r2.Expires.Equal(r.Expires.Time)) {
				t.Fatalf("%s %s from bytes, %s %s from their text", r.Outcome, r.Expires, r2.Outcome, r2.Expires)
			}
		}
		if len(raw) < MaxWHOIS/2 {
			head := append([]byte("Queried interval is too short.\n\n"), raw...)
			if r := ParseWHOIS(domain, head); r.Outcome == domaincheck.OutcomeOK || r.Outcome == domaincheck.OutcomeAbsent || r.Outcome == domaincheck.OutcomeReserved {
				t.Fatalf("a refusal was read as %s", r.Outcome)
			}
		}
	})
}

// FuzzParseRDAP: no panic; bounded output; the same bytes give the same facts;
// a record is of the domain asked.
func FuzzParseRDAP(f *testing.F) {
	f.Add("a.com", []byte(`{"objectClassName":"domain","ldhName":"a.com","status":["active"],"events":[{"eventAction":"expiration","eventDate":"2027-01-01T00:00:00Z"}],"entities":[{"roles":["registrar"],"publicIds":[{"type":"IANA Registrar ID","identifier":"1"}],"vcardArray":["vcard",[["fn",{},"text","X"]]]}]}`))
	f.Add("a.com", []byte(`{"errorCode":404}`))
	f.Add("a.com", []byte(`[{"ldhName":"a.com","nameservers":["ns1.a.com"],"secureDNS":{"delegationSigned":"true"}}]`))
	f.Fuzz(func(t *testing.T, domain string, raw []byte) {
		r, link := parseRDAP(domain, raw)
		checkBounded(t, r)
		r2, link2 := parseRDAP(domain, raw)
		if r.Outcome != r2.Outcome || link != link2 || !r.Expires.Equal(r2.Expires.Time) {
			t.Fatal("the same bytes gave other facts")
		}
	})
}

// TestFuzzSeeds fails if the committed seeds are gone.
func TestFuzzSeeds(t *testing.T) {
	for _, name := range []string{"FuzzParseWHOIS", "FuzzParseRDAP"} {
		entries, err := os.ReadDir("testdata/fuzz/" + name)
		if err != nil || len(entries) < 3 {
			t.Errorf("%s: %d seeds, %v", name, len(entries), err)
		}
	}
}
