package whoischeck

import "strings"

// statusWords gives the status words of one printed value: EPP words in
// camelCase (RFC 5731, RFC 3915), web addresses and remarks stripped, other
// vocabularies translated where they mean the same (RDAP "active" is EPP "ok",
// RFC 8056), else kept in camelCase.
func statusWords(v string) []string {
	if i := strings.Index(v, "http"); i >= 0 && (i == 0 || !isLetter(v[i-1])) {
		v = v[:i]
	}
	for {
		i := strings.IndexByte(v, '(')
		if i < 0 {
			break
		}
		j := strings.IndexByte(v[i:], ')')
		if j < 0 {
			v = v[:i]
			break
		}
		v = v[:i] + " " + v[i+j+1:]
	}
	if i := strings.Index(v, " -"); i >= 0 { // KazNIC: "ok - Normal state."
		v = v[:i]
	}
	var out []string
	for _, part := range strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == ';' || c == '/' }) {
		if w := statusWord(part); w != "" {
			out = append(out, w)
		} else if f := strings.Fields(part); len(f) > 1 {
			for _, p := range f { // several EPP words in one value
				if w := eppWord(squeeze(p)); w != "" {
					out = append(out, w)
				}
			}
		}
	}
	return out
}

// squeeze drops all but letters and folds case: the form in which statuses
// are compared.
func squeeze(s string) string {
	b := make([]byte, 0, 40)
	for i := 0; i < len(s) && len(b) < 80; i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c >= 'a' && c <= 'z' || c >= 0x80 {
			b = append(b, c)
		}
	}
	return string(b)
}

// eppWord is the camelCase form of an EPP status, or "".
func eppWord(s string) string {
	switch s {
	case "ok", "inactive":
		return s
	case "addperiod":
		return "addPeriod"
	case "autorenewperiod":
		return "autoRenewPeriod"
	case "renewperiod":
		return "renewPeriod"
	case "transferperiod":
		return "transferPeriod"
	case "redemptionperiod":
		return "redemptionPeriod"
	case "pendingcreate":
		return "pendingCreate"
	case "pendingdelete":
		return "pendingDelete"
	case "pendingrenew":
		return "pendingRenew"
	case "pendingrestore":
		return "pendingRestore"
	case "pendingtransfer":
		return "pendingTransfer"
	case "pendingupdate":
		return "pendingUpdate"
	case "pendingverification":
		return "pendingVerification"
	}
	for _, p := range [...]string{"client", "server"} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			switch rest {
			case "hold":
				return p + "Hold"
			case "deleteprohibited":
				return p + "DeleteProhibited"
			case "renewprohibited":
				return p + "RenewProhibited"
			case "transferprohibited":
				return p + "TransferProhibited"
			case "updateprohibited":
				return p + "UpdateProhibited"
			}
		}
	}
	return ""
}

// statusWord translates one status.
func statusWord(v string) string {
	v = strings.TrimSpace(v)
	s := squeeze(v)
	if s == "" {
		return ""
	}
	if w := eppWord(s); w != "" {
		return w
	}
	switch s {
	case "active", "okpaidandinzone", "paidandinzone", "connect", "connected", "published", "registered", "taken", "normal", "registereduntilexpirydate", "registereduntilrenewaldate",
		"registereduntilcancelled", "live", "delegated", "notavailable", "domainactive", "activated", "complete", "normalstate", "inzone", "正常", "granted", "registeredanddelegated", "activo":
		return "ok"
	case "notdelegated", "undelegated", "nodelegation", "notinzone", "deactivated":
		return "inactive"
	case "hold", "onhold", "registryhold", "suspended", "suspendido", "suspend", "blockedbyregistry":
		return "serverHold"
	case "registrarhold":
		return "clientHold"
	case "registrarlock", "locked", "transferlocked", "transferlock", "transferprohibitedbyregistrar", "transferprohibited", "agentchangelocked":
		return "clientTransferProhibited"
	case "updateprohibited", "updatelock", "updateprohibitedbyregistrar":
		return "clientUpdateProhibited"
	case "deleteprohibited", "deletelock", "deleteprohibitedbyregistrar":
		return "clientDeleteProhibited"
	case "renewprohibited", "renewprohibitedbyregistrar":
		return "clientRenewProhibited"
	case "clientupdtlock", "clientupdatelock": // ICB (.tm), here and below
		return "clientUpdateProhibited"
	case "clientxferlock", "clienttransferlock":
		return "clientTransferProhibited"
	case "clientdeltlock", "clientdeletelock":
		return "clientDeleteProhibited"
	case "transferprohibitedbyregistry", "registrylock":
		return "serverTransferProhibited"
	case "updateprohibitedbyregistry":
		return "serverUpdateProhibited"
	case "deleteprohibitedbyregistry":
		return "serverDeleteProhibited"
	case "inquarantine", "quarantine", "redemption", "redemptionhold", "graceperiod", "pendingdeleterestorable", "tobesuspended", "withdrawn":
		return "redemptionPeriod"
	case "tobedeleted", "tobereleased", "pendingrelease", "deleting":
		return "pendingDelete"
	case "verified", "unlocked", "no", "n", "query", "noregistrationstatuslisted":
		return ""
	}
	if strings.Count(v, " ") > 4 || len(v) > 48 {
		return ""
	}
	return camel(v)
}

// camel joins the words of a status that EPP does not know.
func camel(v string) string {
	words := strings.FieldsFunc(v, func(c rune) bool { return c == ' ' || c == '_' || c == '-' || c == '\t' || c == '.' })
	for i, w := range words {
		switch {
		case strings.ToUpper(w) == w || i > 0:
			w = strings.ToLower(w)
		default:
			w = strings.ToLower(w[:1]) + w[1:]
		}
		if i > 0 && w != "" {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		words[i] = w
	}
	return cut(strings.Join(words, ""), 48)
}

// statuses gives the distinct words of all printed values, in their order.
func statusList(values []string) []string {
	var out []string
	for _, v := range values {
	next:
		for _, w := range statusWords(v) {
			for _, o := range out {
				if o == w {
					continue next
				}
			}
			if len(out) < maxFacts {
				out = append(out, w)
			}
		}
	}
	if len(out) > 1 { // "ok" beside a restriction is a translation of a word like "registered"
		for i, w := range out {
			if w == "ok" {
				return append(out[:i:i], out[i+1:]...)
			}
		}
	}
	return out
}
