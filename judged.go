package domaincheck

import "encoding/json"

// This file holds what facts mean: findings, states, risks, reports.

// Result of a rule on a target. Unknown is never pass and never fail.
type Result string

// The results.
const (
	Pass          Result = "pass"
	Fail          Result = "fail"
	Unknown       Result = "unknown"
	NotApplicable Result = "not_applicable"
)

// Why a result is unknown.
type Why string

// The reasons. Only unobserved makes a verdict unknown.
const (
	WhyUnobserved Why = "unobserved" // could be seen, but was not: time-out, refusal …
	WhyUndeclared Why = "undeclared" // a fact of the ledger is missing
	WhyUnknowable Why = "unknowable" // cannot be seen from outside: redaction …
)

// Severity of a finding, and level of a risk.
type Severity string

// Severities from worst to least.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

// Rank is 4 for critical down to 0 for info; -1 for no severity.
func (s Severity) Rank() int {
	switch s {
	case Critical:
		return 4
	case High:
		return 3
	case Medium:
		return 2
	case Low:
		return 1
	case Info:
		return 0
	}
	return -1
}

// Lower is one step milder; info stays info.
func (s Severity) Lower() Severity {
	switch s {
	case Critical:
		return High
	case High:
		return Medium
	case Medium:
		return Low
	}
	return Info
}

// Knows is how a finding knows what it says.
type Knows string

// The ways of knowing.
const (
	Observed Knows = "observed"
	Inferred Knows = "inferred"
	Declared Knows = "declared"
)

// Finding is one rule's result on one target. It holds no sentences: those are
// rendered at the edge from Rule, Code and Evidence. (Rule, Target) is unique
// within a report.
type Finding struct {
	Rule       string   `json:"rule"`
	Target     Text     `json:"target"` // the domain, host or server it speaks of; null for the site
	Code       string   `json:"code"`
	Result     Result   `json:"result"`
	Why        Why      `json:"why"` // empty (null) unless unknown
	Severity   Severity `json:"severity"`
	Knows      Knows    `json:"knows"`
	ObservedAt Instant  `json:"observed_at"`
	Evidence   Evidence `json:"evidence"`
}

// Evidence is what a finding rests on: snake_case names to JSON values
// (strings, numbers, booleans, lists of them). It is {} in JSON when empty.
type Evidence map[string]any

// MarshalJSON writes {} for nil.
func (e Evidence) MarshalJSON() ([]byte, error) {
	if len(e) == 0 {
		return []byte("{}"), nil
	}
	return json.Marshal(map[string]any(e))
}

// MarshalJSON writes null for no reason.
func (w Why) MarshalJSON() ([]byte, error) { return Text(w).MarshalJSON() }

// MarshalJSON writes null for no result.
func (r Result) MarshalJSON() ([]byte, error) { return Text(r).MarshalJSON() }

// MarshalJSON writes null for no severity.
func (s Severity) MarshalJSON() ([]byte, error) { return Text(s).MarshalJSON() }

// Verdict of a report.
type Verdict string

// The verdicts.
const (
	VerdictPass    Verdict = "pass"
	VerdictFail    Verdict = "fail"
	VerdictUnknown Verdict = "unknown"
)

// VerdictOf applies the contract: fail if some finding failed with severity
// low or worse; else unknown if some finding of severity medium or worse is
// unknown because it was not observed (strict: for whatever reason, and of
// whatever severity but info); else pass.
func VerdictOf(findings []Finding, strict bool) Verdict {
	verdict := VerdictPass
	for _, f := range findings {
		switch {
		case f.Result == Fail && f.Severity.Rank() >= Low.Rank():
			return VerdictFail
		case f.Result == Unknown && f.Severity.Rank() >= Medium.Rank() && (strict || f.Why == WhyUnobserved):
			verdict = VerdictUnknown
		}
	}
	return verdict
}

// Certainty of a state, moved only by package watch.
type Certainty string

// The certainties.
const (
	CertainOK   Certainty = "ok"
	Suspected   Certainty = "suspected"
	Confirmed   Certainty = "confirmed"
	Recovering  Certainty = "recovering"
	Flapping    Certainty = "flapping"
	CertainGone Certainty = "stale"
	NeverKnown  Certainty = "unknown" // asked for, but no look has told anything yet
)

// State is what the watch remembers about one (rule, target). Its instants are
// those of the looks themselves, not of the judging.
type State struct {
	Rule        string    `json:"rule"`
	Target      Text      `json:"target"`
	Certainty   Certainty `json:"state"`
	Code        Text      `json:"code"`         // of the failure
	Severity    Severity  `json:"severity"`     // of the failure
	Since       Instant   `json:"since"`        // first bad look
	WorseSince  Instant   `json:"worse_since"`  // first bad look of the present severity or a worse one
	NoticedAt   Instant   `json:"noticed_at"`   // sure enough to tell somebody
	ConfirmedAt Instant   `json:"confirmed_at"` // sure enough for the risk clock
	LastLook    Instant   `json:"last_look"`    // newest look taken in
	LastKnown   Instant   `json:"last_known"`   // newest look that was not unknown
	LastResult  Result    `json:"last_result"`  // of LastKnown: pass or fail
	Looks       int       `json:"looks"`        // bad (or, recovering, good) looks in a row, apart enough for the notice
	CountedAt   Instant   `json:"counted_at"`   // newest of them
	FirmLooks   int       `json:"firm_looks"`   // bad looks in a row, apart enough for the risk clock
	FirmAt      Instant   `json:"firm_at"`      // newest of them
	Changes     int       `json:"changes"`      // turns between good and bad within the window of flapping

	Turns  List[Instant] `json:"turns,omitempty"`  // when they were
	Frozen Certainty     `json:"frozen,omitempty"` // what the state was before it went stale
	Next   *NextSeverity `json:"next,omitempty"`   // a change of severity that is not sure yet
}

// NextSeverity is a failure of another severity than the one told of, seen but
// not yet often enough.
type NextSeverity struct {
	Code      Text     `json:"code"`
	Severity  Severity `json:"severity"`
	Since     Instant  `json:"since"`
	Looks     int      `json:"looks"`
	CountedAt Instant  `json:"counted_at"`
}

// RiskOutcome is what may come of it.
type RiskOutcome string

// The outcomes, in the order of the chain.
const (
	RiskBlock          RiskOutcome = "block"
	RiskDeAccess       RiskOutcome = "de_access"
	RiskEmptyShell     RiskOutcome = "empty_shell"
	RiskDeregistration RiskOutcome = "deregistration"
	RiskFine           RiskOutcome = "fine"
	RiskNotFileable    RiskOutcome = "not_fileable"
)

// Risk is what findings may cost, by when. It holds no sentences: package risk
// renders them at the edge from Signal.
type Risk struct {
	Outcome      RiskOutcome  `json:"outcome"`
	Signal       string       `json:"signal"` // S01 … S40
	Target       Text         `json:"target"` // the domain, server or subject it speaks of; null for the site
	Level        Severity     `json:"level"`
	Expected     Severity     `json:"expected_level"` // the level once confirmed; equal to Level if it is
	Confirmed    bool         `json:"confirmed"`      // sure of a cause: by the watch, or it needs no second look
	Subject      bool         `json:"subject"`        // an empty shell: the subject has no other site (空壳主体)
	Since        Instant      `json:"since"`
	Deadline     Instant      `json:"deadline"`
	DeadlineKind Text         `json:"deadline_kind"` // notice, legal, typical
	Approximate  bool         `json:"approximate"`   // the deadline counts working days beyond the holiday table (约)
	Provider     Text         `json:"provider"`      // the access provider that acts, where it is known
	Causes       List[string] `json:"causes"`        // rule ids
	Absorbed     List[string] `json:"absorbed"`      // signals that this one explains
}

// Keeper is a host that keeps a filing alive: it leads to a mainland node of a
// provider at which the site is filed as served. Once no host does, the
// provider may cancel the access.
type Keeper struct {
	Host     string `json:"host"`     // full name
	Provider Text   `json:"provider"` // the access record it holds up; where none is declared, who the address belongs to; null if not known
}

// Schema is the version of the report's JSON.
const Schema = 1

// Report is everything about one site at one moment. Findings stand in the
// order of the rule book.
type Report struct {
	Schema      int               `json:"schema"`
	Input       Text              `json:"input"`
	Domain      Text              `json:"domain"`
	Unicode     Text              `json:"unicode"`
	At          Instant           `json:"at"`
	Lang        Text              `json:"lang"`
	Error       *Error            `json:"error"`
	Inferred    List[string]      `json:"inferred"` // site facts that were inferred, by JSON name
	Site        *ReportSite       `json:"site"`
	Observation Observation       `json:"observation"`
	Findings    List[Finding]     `json:"findings"`
	Risks       List[Risk]        `json:"risks"`
	Keepers     List[Keeper]      `json:"keepers"` // of a filed site; [] also where DNS was never seen
	States      List[State]       `json:"states"`
	Verdict     Verdict           `json:"verdict"`
	Tables      map[string]string `json:"tables"` // table → date#hash

	// Of a watched site: what its present was compared with (the registration
	// data as first seen or last acknowledged, and first looks that came to no
	// answer), and the schedule under which it was judged. With them the report
	// can be judged again.
	Before     *Observation `json:"before,omitempty"`
	StaleAfter *StaleAfter  `json:"stale_after,omitempty"`
}

// StaleAfter is, in seconds, how long each part of a watched site may tell
// nothing; 0 for a part that nobody looks at regularly.
type StaleAfter struct {
	Registration int64 `json:"registration"`
	Resolution   int64 `json:"resolution"`
	Page         int64 `json:"page"`
}

// ReportSite is the site as judged, with the counts of its siblings.
type ReportSite struct {
	Site
	Siblings *Siblings `json:"siblings"`
}

// Case is what rules judge: facts, and the moment as of which they count.
type Case struct {
	Site        Site
	Siblings    *Siblings
	Observation Observation
	At          Instant
	Inferred    List[string]  // JSON names of site facts that were inferred, not declared
	History     []Observation // earlier observations, oldest first
}
