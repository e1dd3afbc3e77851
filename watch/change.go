package watch

import "domaincheck"

// ChangeKind is what happened to a state.
type ChangeKind string

// The kinds of changes. Noticed and Resolved open and close an event; Worse
// and Milder update it; Ended closes it without a word. The others tell how
// sure one is meanwhile.
const (
	Suspect    ChangeKind = "suspected"  // a first bad look
	Cleared    ChangeKind = "cleared"    // a good look before anybody was told
	Noticed    ChangeKind = "noticed"    // sure enough to tell somebody
	Firm       ChangeKind = "confirmed"  // sure enough for the risk clock
	Worse      ChangeKind = "worse"      // the same rule fails with a worse severity
	Milder     ChangeKind = "milder"     // … with a milder one
	OtherCode  ChangeKind = "other_code" // … with another code of the same severity
	Recovering ChangeKind = "recovering" // a first good look after a notice
	Relapsed   ChangeKind = "relapsed"   // a bad look before recovery was sure
	Resolved   ChangeKind = "resolved"   // sure that it is good again
	Ended      ChangeKind = "ended"      // the rule no longer applies, or its target is gone
	Flaps      ChangeKind = "flapping"   // turns too often
	Calmed     ChangeKind = "calmed"     // no longer
	WentStale  ChangeKind = "stale"      // could be seen, was not for too long
	SeenAgain  ChangeKind = "seen"       // the first look that told something after that
)

// Change is one step of a state that somebody may want to hear of.
type Change struct {
	Rule        string                `json:"rule"`
	Target      domaincheck.Text      `json:"target"`
	Kind        ChangeKind            `json:"kind"`
	From        domaincheck.Certainty `json:"from"`
	To          domaincheck.Certainty `json:"to"`
	Code        domaincheck.Text      `json:"code"` // of the failure
	Severity    domaincheck.Severity  `json:"severity"`
	WasSeverity domaincheck.Severity  `json:"was_severity"` // before Worse and Milder
	Since       domaincheck.Instant   `json:"since"`        // first bad look
	Told        bool                  `json:"told"`         // somebody had been told (NoticedAt) before this change
	At          domaincheck.Instant   `json:"at"`           // the look that brought the change
}
