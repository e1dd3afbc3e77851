package registrars

import (
	"encoding/json"

	"domaincheck"
)

// MarshalJSON writes null for what is not known and [] for an empty list.
func (r Row) MarshalJSON() ([]byte, error) {
	type plain Row
	return json.Marshal(struct {
		plain
		NameZH  domaincheck.Text         `json:"name_zh"`
		NamesEN domaincheck.List[string] `json:"names_en"`
		IANAIDs domaincheck.List[int]    `json:"iana_ids"`
		Aliases domaincheck.List[string] `json:"aliases"`
		Note    domaincheck.Text         `json:"note"`
	}{plain: plain(r), NameZH: domaincheck.Text(r.NameZH), NamesEN: r.NamesEN, IANAIDs: r.IANAIDs, Aliases: r.Aliases, Note: domaincheck.Text(r.Note)})
}

// MarshalJSON writes null for what did not decide.
func (m Match) MarshalJSON() ([]byte, error) {
	type plain Match
	return json.Marshal(struct {
		plain
		By  domaincheck.Text `json:"by"`
		Via domaincheck.Text `json:"via"`
	}{plain: plain(m), By: domaincheck.Text(m.By), Via: domaincheck.Text(m.Via)})
}
