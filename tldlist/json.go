package tldlist

import (
	"encoding/json"

	"domaincheck"
)

// MarshalJSON writes null for what is not known and [] for no sources.
func (r Row) MarshalJSON() ([]byte, error) {
	type plain Row
	return json.Marshal(struct {
		plain
		Kind       domaincheck.Text         `json:"kind"`
		Operator   domaincheck.Text         `json:"operator"`
		Note       domaincheck.Text         `json:"note"`
		Sources    domaincheck.List[string] `json:"sources"`
		Confidence domaincheck.Text         `json:"confidence"`
		WHOIS      domaincheck.Text         `json:"whois"`
		RDAP       domaincheck.Text         `json:"rdap"`
		Family     domaincheck.Text         `json:"family"`
	}{
		plain: plain(r), Kind: domaincheck.Text(r.Kind), Operator: domaincheck.Text(r.Operator), Note: domaincheck.Text(r.Note), Sources: r.Sources,
		Confidence: domaincheck.Text(r.Confidence), WHOIS: domaincheck.Text(r.WHOIS), RDAP: domaincheck.Text(r.RDAP), Family: domaincheck.Text(r.Family),
	})
}
