package store

import (
	"encoding/json"

	"domaincheck"
	"domaincheck/alert"
)

// The kinds of holds that the daemon acts on. The document of a silence and of
// a maintenance window is its match ({"tags": [], "subjects": [], "providers":
// [], "domains": [], "rules": []}, each optional); that of the other two names
// one finding ({"site", "rule", "target", "fingerprint"}), so that both end by
// themselves once its evidence changes.
const (
	HoldSilence         = "silence"         // events of a match are held back until its end
	HoldMaintenance     = "maintenance"     // the same, planned
	HoldSuppression     = "suppression"     // a finding is a false alarm (误报)
	HoldAcknowledgement = "acknowledgement" // a change of the registration data (domain.changed) was seen
)

// holdMatch is the document of silences and maintenance windows.
type holdMatch struct {
	Tags      []string `json:"tags,omitempty"`
	Subjects  []string `json:"subjects,omitempty"`
	Providers []string `json:"providers,omitempty"`
	Domains   []string `json:"domains,omitempty"`
	Rules     []string `json:"rules,omitempty"`
}

// holdFinding is the document of suppressions and acknowledgements.
type holdFinding struct {
	Site        string           `json:"site"` // main domain
	Rule        string           `json:"rule"`
	Target      domaincheck.Text `json:"target"`
	Fingerprint string           `json:"fingerprint"`
}

// SilenceHold writes a silence, or with kind HoldMaintenance a window, as a
// hold.
func SilenceHold(id, kind string, s alert.Silence) (Hold, error) {
	doc, err := json.Marshal(holdMatch(s.Match))
	return Hold{ID: id, Kind: kind, Owner: s.Owner, Reason: s.Reason, Starts: s.From.Time, Ends: s.Until.Time, Doc: doc}, err
}

// Silence reads what SilenceHold wrote. The hold of a silence that was ended by
// hand gives one that is over.
func (h Hold) Silence() (alert.Silence, error) {
	var m holdMatch
	if err := json.Unmarshal(h.Doc, &m); err != nil {
		return alert.Silence{}, domaincheck.Errorf(CodeCorrupt, "hold "+h.ID, "what is silenced cannot be read: %w", err)
	}
	s := alert.Silence{Match: alert.Match(m), Owner: h.Owner, Reason: h.Reason, From: domaincheck.At(h.Starts), Until: domaincheck.At(h.Ends)}
	if !h.EndedAt.IsZero() && (h.Ends.IsZero() || h.EndedAt.Before(h.Ends)) {
		s.Until = domaincheck.At(h.EndedAt)
	}
	return s, nil
}

// FindingHold writes a suppression or acknowledgement of one finding of a site
// as a hold; kind is HoldSuppression or HoldAcknowledgement.
func FindingHold(id, kind, site string, s alert.Suppression) (Hold, error) {
	doc, err := json.Marshal(holdFinding{Site: site, Rule: s.Rule, Target: s.Target, Fingerprint: s.Fingerprint})
	return Hold{ID: id, Kind: kind, Owner: s.Owner, Reason: s.Reason, Starts: s.At.Time, Doc: doc}, err
}

// Finding reads what FindingHold wrote: the site's main domain and what was
// said of its finding, as of when the store took it.
func (h Hold) Finding() (site string, s alert.Suppression, err error) {
	var f holdFinding
	if err := json.Unmarshal(h.Doc, &f); err != nil {
		return "", s, domaincheck.Errorf(CodeCorrupt, "hold "+h.ID, "the finding cannot be read: %w", err)
	}
	at := h.Starts
	if at.IsZero() {
		at = h.CreatedAt
	}
	return f.Site, alert.Suppression{Rule: f.Rule, Target: f.Target, Fingerprint: f.Fingerprint, Reason: h.Reason, Owner: h.Owner, At: domaincheck.At(at)}, nil
}
