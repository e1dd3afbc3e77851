package lab

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// rdapServer answers RDAP (RFC 9082, 9083) as a registry, or as the registrar
// whose server the registry links to.
type rdapServer struct {
	registrar bool
	world     *world
	counts    *counter
	linked    string // base of the registrar's RDAP as links name it
}

type object = map[string]any

// ServeHTTP implements http.Handler: {base}/domain/{name}.
func (s *rdapServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, name, ok := strings.Cut(r.URL.Path, "/domain/")
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	server := "rdap-registry"
	if s.registrar {
		server = "rdap-registrar"
	}
	s.counts.add(Count{Kind: "rdap", Server: server, Name: name, Type: r.Method})
	p, below := s.world.find(name)
	switch {
	case !ok:
		s.refuse(w, http.StatusBadRequest, "Bad request")
	case p == nil || below != "":
		s.refuse(w, http.StatusNotFound, "Object not found")
	case p.chinese():
		s.refuse(w, http.StatusNotImplemented, "This registry has no RDAP service")
	default:
		s.answer(w, r, p)
	}
}

func (s *rdapServer) refuse(w http.ResponseWriter, status int, title string) {
	s.write(w, status, object{"rdapConformance": []string{"rdap_level_0"}, "errorCode": status, "title": title, "description": []string{title}})
}

func (s *rdapServer) write(w http.ResponseWriter, status int, body object) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/rdap+json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func (s *rdapServer) answer(w http.ResponseWriter, r *http.Request, p *plan) {
	switch p.reg.rdap {
	case modeAbsent:
		s.refuse(w, http.StatusNotFound, "Object not found")
	case modeAbsentBare:
		w.WriteHeader(http.StatusNotFound)
	case modeTooFast, modeExceeded:
		w.Header().Set("Retry-After", "60")
		s.refuse(w, http.StatusTooManyRequests, "Too many requests")
	case modeReset, modeServerError:
		http.Error(w, "internal error", http.StatusInternalServerError)
	case modeHTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!DOCTYPE html><title>Maintenance</title><h1>Maintenance</h1>"))
	case modeEmpty:
		w.WriteHeader(http.StatusOK)
	case modeSilent:
		<-r.Context().Done()
		abandon()
	case modeEndless:
		w.Header().Set("Content-Type", "application/rdap+json")
		_, _ = w.Write([]byte(`{"objectClassName":"domain","remarks":[`))
		endless(r.Context(), w, []byte(`{"description":["again and again"]},`))
		abandon()
	case modeCut:
		text, _ := json.Marshal(s.found(p))
		w.Header().Set("Content-Type", "application/rdap+json")
		_, _ = w.Write(text[:len(text)/2])
	case modeSlow:
		if !pause(r.Context(), 2*second) {
			abandon()
		}
		s.write(w, http.StatusOK, s.found(p))
	default:
		s.write(w, http.StatusOK, s.found(p))
	}
}

// found is the domain object.
func (s *rdapServer) found(p *plan) object {
	self := "https://rdap.registry.lab-dns.net/domain/" + p.domain
	links := []object{{"rel": "self", "href": self, "value": self, "type": "application/rdap+json"}}
	entities := []object{s.registrarEntity(p)}
	if p.reg.thin && !s.registrar {
		links = append(links, object{"rel": "related", "href": s.linked + "domain/" + p.domain, "value": self, "type": "application/rdap+json"})
	} else {
		entities = append(entities, registrantEntity(p))
	}
	out := object{
		"rdapConformance": []string{"rdap_level_0", "icann_rdap_response_profile_1", "icann_rdap_technical_implementation_guide_1", "redacted"},
		"objectClassName": "domain", "handle": "D" + strconv.Itoa(p.index) + "-LAB", "ldhName": strings.ToUpper(p.domain), "unicodeName": p.unicode,
		"status": statusWords(p.reg.statuses),
		"events": []object{
			{"eventAction": "last update of RDAP database", "eventDate": utc(p.now)},
			{"eventAction": "expiration", "eventDate": utc(p.reg.expires)},
			{"eventAction": "registration", "eventDate": utc(p.reg.created)},
			{"eventAction": "last changed", "eventDate": utc(p.reg.updated)},
		},
		"entities": entities, "links": links, "nameservers": nameserverObjects(p.zone.parent),
		"secureDNS": object{"delegationSigned": false},
		"notices":   []object{{"title": "Terms of Use", "description": []string{"Invented data of a test laboratory."}}},
	}
	if p.reg.redacted && len(entities) > 1 {
		out["redacted"] = []object{
			{"name": object{"description": "Registrant Name"}, "postPath": "$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='fn')][3]", "pathLang": "jsonpath", "method": "emptyValue", "reason": object{"description": "Server policy"}},
			{"name": object{"description": "Registrant Organization"}, "postPath": "$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='org')][3]", "pathLang": "jsonpath", "method": "removal", "reason": object{"description": "Server policy"}},
		}
	}
	return out
}

func (s *rdapServer) registrarEntity(p *plan) object {
	ids := []object{{"type": "IANA Registrar ID", "identifier": p.reg.registrar.ianaID}}
	if p.reg.rdap == modeDecoy {
		ids = []object{{"type": "Registry Member Number", "identifier": "146"}, {"type": "VAT", "identifier": "1479"}, ids[0]}
	}
	return object{
		"objectClassName": "entity", "handle": p.reg.registrar.ianaID, "roles": []string{"registrar"}, "publicIds": ids,
		"vcardArray": vcard(p.reg.registrar.english, "", ""),
		"links":      []object{{"rel": "about", "href": p.reg.registrar.url, "type": "text/html"}},
		"entities": []object{{"objectClassName": "entity", "roles": []string{"abuse"}, "handle": "",
			"vcardArray": []any{"vcard", []any{[]any{"version", object{}, "text", "4.0"}, []any{"fn", object{}, "text", "Abuse Desk"}, []any{"email", object{}, "text", "abuse@registrar.lab-dns.net"}}}}},
	}
}

func registrantEntity(p *plan) object {
	if p.reg.redacted {
		return object{"objectClassName": "entity", "handle": "", "roles": []string{"registrant"}, "vcardArray": vcard("", "", p.reg.country)}
	}
	return object{"objectClassName": "entity", "handle": "C" + strconv.Itoa(p.index) + "-LAB", "roles": []string{"registrant"},
		"vcardArray": vcard(p.reg.registrant, p.reg.organization, p.reg.country)}
}

// vcard is a jCard (RFC 7095).
func vcard(name, organization, country string) []any {
	properties := []any{[]any{"version", object{}, "text", "4.0"}, []any{"fn", object{}, "text", name}}
	if organization != "" {
		properties = append(properties, []any{"org", object{}, "text", organization})
	}
	if country != "" {
		properties = append(properties, []any{"adr", object{"cc": country}, "text", []any{"", "", "", "", "", "", ""}})
	}
	return []any{"vcard", properties}
}

func nameserverObjects(hosts []string) []object {
	out := make([]object, 0, len(hosts))
	for _, h := range hosts {
		out = append(out, object{"objectClassName": "nameserver", "ldhName": strings.ToUpper(h)})
	}
	return out
}

// statusWords turns EPP words into RDAP's (RFC 8056): ok is active, and the
// camel case is taken apart.
func statusWords(epp []string) []string {
	out := make([]string, 0, len(epp))
	for _, word := range epp {
		if word == "ok" {
			out = append(out, "active")
			continue
		}
		var b strings.Builder
		for _, r := range word {
			if r >= 'A' && r <= 'Z' {
				b.WriteByte(' ')
				r += 'a' - 'A'
			}
			b.WriteRune(r)
		}
		out = append(out, b.String())
	}
	return out
}
