package domaincheck

// This file holds what was seen (实测). Each part of an Observation is the
// newest good look of its kind, however old; a failed look never overwrites it
// but stands beside it as LastAttempt.

// Outcome of one look: what kind of answer came, not what it means.
type Outcome string

// The outcomes.
const (
	OutcomeOK        Outcome = "ok"        // an answer that could be read
	OutcomeAbsent    Outcome = "absent"    // the authority says there is no such thing
	OutcomeReserved  Outcome = "reserved"  // the registry keeps the name back
	OutcomeRefused   Outcome = "refused"   // rate limit, access control, REFUSED, captcha wall
	OutcomeTimeout   Outcome = "timeout"   // no answer in time
	OutcomeMalformed Outcome = "malformed" // bytes came that cannot be understood
	OutcomeFailed    Outcome = "failed"    // connection refused, reset, unreachable, SERVFAIL …
)

// Conclusive tells whether the outcome says something about the thing looked
// at (ok, absent, reserved) rather than about the looking.
func (o Outcome) Conclusive() bool {
	return o == OutcomeOK || o == OutcomeAbsent || o == OutcomeReserved
}

// Look is how a part was looked at.
type Look struct {
	Outcome     Outcome  `json:"outcome"`
	Error       *Error   `json:"error"`
	At          Instant  `json:"at"`
	LastAttempt *Attempt `json:"last_attempt"`
}

// Attempt is a later look that failed.
type Attempt struct {
	Outcome Outcome `json:"outcome"`
	Error   *Error  `json:"error"`
	At      Instant `json:"at"`

	// Attempts are the requests of a look at a page: whether a site was refused
	// or only not seen is told by them.
	Attempts List[PageAttempt] `json:"attempts,omitempty"`
}

// Raw is an answer as it came, kept as evidence beside the parts.
type Raw struct {
	Kind   string // whois, rdap, dns, http
	Source string // server or URL
	At     Instant
	Bytes  []byte
}

// Observation is all that is known of a site from outside. A part that was
// never looked at is nil.
type Observation struct {
	Registration *Registration `json:"registration"`
	Resolution   *Resolution   `json:"resolution"`
	Page         *HomePage     `json:"page"`
	Record       *FilingRecord `json:"record"`

	// Others holds the same parts for the further domains of a site with
	// several, by A-label; the fields above speak of its main domain.
	Others map[string]*Observation `json:"others,omitempty"`
}

// Of is the observation of one domain of the site: the site's own parts for
// main, else those in Others; an empty observation if there are none.
func (o Observation) Of(domain, main string) Observation {
	if domain == main {
		return o
	}
	if other := o.Others[domain]; other != nil {
		return *other
	}
	return Observation{}
}

// Registration is the registration data of a domain, by RDAP and WHOIS.
type Registration struct {
	Look
	Source           Text              `json:"source"` // rdap, whois, both
	Servers          List[string]      `json:"servers"`
	Domain           Text              `json:"domain"`
	Registrar        *Registrar        `json:"registrar"`
	Registrant       *Registrant       `json:"registrant"`
	Created          Instant           `json:"created"`
	Updated          Instant           `json:"updated"`
	Expires          Instant           `json:"expires"`           // the registry's date
	RegistrarExpires Instant           `json:"registrar_expires"` // the registrar's own date, where it differs
	Statuses         List[string]      `json:"statuses"`          // EPP camelCase words
	Nameservers      List[string]      `json:"nameservers"`
	DNSSEC           *bool             `json:"dnssec"`
	Provenance       map[string]string `json:"provenance,omitempty"` // field → rdap|whois @ server
	Raw              []Raw             `json:"-"`
}

// Registrar as the registration data name it.
type Registrar struct {
	Name   Text `json:"name"`
	IANAID Text `json:"iana_id"`
	URL    Text `json:"url"`
}

// Registrant (domain holder) as the registration data name it.
type Registrant struct {
	Name         Text `json:"name"`
	Organization Text `json:"organization"`
	Country      Text `json:"country"`
	Redacted     bool `json:"redacted"`
	Proxy        bool `json:"proxy"`

	OtherNames List[string] `json:"other_names"` // the same holder in another script, where the registry prints both
}

// Vantage is where the DNS view was taken from.
type Vantage string

// The vantages.
const (
	VantageMainland Vantage = "mainland"
	VantageAbroad   Vantage = "abroad"
	VantageUnknown  Vantage = "unknown"
)

// Resolution is what DNS says about a domain and its hosts.
type Resolution struct {
	Look
	Resolvers  List[string] `json:"resolvers"`
	Vantage    Vantage      `json:"vantage"`
	Hosts      List[Host]   `json:"hosts"`
	Delegation *Delegation  `json:"delegation"`
	Wildcard   *bool        `json:"wildcard"` // any name below the domain answers
	Raw        []Raw        `json:"-"`
}

// Host is the answer for one host name.
type Host struct {
	Host      string        `json:"host"`
	Outcome   Outcome       `json:"outcome"` // ok also for NXDOMAIN and NODATA: an answer came
	RCode     Text          `json:"rcode"`   // NOERROR, NXDOMAIN, SERVFAIL …
	CNAME     List[string]  `json:"cname"`
	Addresses List[Address] `json:"addresses"`
	Error     *Error        `json:"error"`
	Loop      bool          `json:"loop"`   // the CNAME chain bites its tail or is too deep
	Agreed    int           `json:"agreed"` // how many resolvers gave this answer
}

// Address is an address with what is known of it.
type Address struct {
	IP       string `json:"ip"`
	Country  Text   `json:"country"`
	Mainland *bool  `json:"mainland"`
	ASN      *int64 `json:"asn"`
	ASName   Text   `json:"as_name"`
	Provider Text   `json:"provider"` // id of providers.csv; null for carriers and unknown
	CDN      bool   `json:"cdn"`
	By       Text   `json:"by"` // user, cname, asn, country: what decided
	// LocatedBy is what decided Mainland, where that is another source than
	// By: the provider may be known by CNAME and the place by AS.
	LocatedBy Text `json:"located_by"`
	Kind      Text `json:"kind"` // null, private, carrier, oss, waf, sink …
}

// Delegation is the NS set at parent and child. It is whole if both sets are
// known and equal and no server is lame. Its outcome is ok if it was seen well
// enough to judge: both sides, or one with a lame server.
type Delegation struct {
	Outcome Outcome      `json:"outcome"` // absent: the parent delegates the name to nobody
	Parent  List[string] `json:"parent"`  // empty if parent_outcome is not ok: not known, not "none"
	Child   List[string] `json:"child"`   // as the domain's own servers, else a resolver, give it
	Lame    List[string] `json:"lame"`    // servers that do not serve the domain, those without an address included

	ParentOutcome Outcome          `json:"parent_outcome"`
	ChildOutcome  Outcome          `json:"child_outcome"` // ok: at least one server answered with authority
	Servers       List[NameServer] `json:"servers"`       // one by one, the reason for each lame one
	Error         *Error           `json:"error"`
}

// NameServer is one server of a delegation.
type NameServer struct {
	Host      string       `json:"host"`
	Addresses List[string] `json:"addresses"`
	Outcome   Outcome      `json:"outcome"` // ok: answered with authority
	RCode     Text         `json:"rcode"`
	Fault     Text         `json:"fault"` // no_address, refused, servfail, nxdomain, not_authoritative, malformed, timeout, unreachable, private, unresolved, given_up
}

// HomePage is one guarded look at the home page.
type HomePage struct {
	Look
	Requested     Text               `json:"requested"`
	Final         Text               `json:"final"`
	Redirects     List[string]       `json:"redirects"`
	Attempts      List[PageAttempt]  `json:"attempts"`
	Status        *int               `json:"status"`
	Title         Text               `json:"title"`
	H1            List[string]       `json:"h1"`
	SiteNames     List[string]       `json:"site_names"`
	Charset       Text               `json:"charset"`
	Bytes         int64              `json:"bytes"` // decompressed bytes read
	Truncated     bool               `json:"truncated"`
	ScriptShell   bool               `json:"script_shell"`
	Rendered      bool               `json:"rendered"`
	RecordNumbers List[PageNumber]   `json:"record_numbers"`
	Tooltips      List[string]       `json:"tooltip_numbers"` // numbers seen only in alt/title: not counted
	PoliceNumbers List[PoliceNumber] `json:"police_numbers"`
	Licences      List[string]       `json:"licences"`
	Copyright     List[string]       `json:"copyright"`
	Signals       List[Signal]       `json:"signals"`
	Block         *Block             `json:"block"`
	Parked        *Parked            `json:"parked"`
	Challenge     Text               `json:"challenge"` // captcha or WAF wall: its sign
	TLS           *TLS               `json:"tls"`
	Snippet       Text               `json:"snippet"`          // text around the first number, ≤ 200 characters
	Others        List[*HomePage]    `json:"others,omitempty"` // pages of further hosts asked for
	Raw           []Raw              `json:"-"`
}

// PageAttempt is one request of a look.
type PageAttempt struct {
	URL     string  `json:"url"`
	IP      Text    `json:"ip"`
	Outcome Outcome `json:"outcome"`
	Status  *int    `json:"status"`
	Error   *Error  `json:"error"`
}

// LinkState is where a number's link leads.
type LinkState string

// The link states.
const (
	LinkCurrent  LinkState = "current"
	LinkOutdated LinkState = "outdated"
	LinkWrong    LinkState = "wrong"
	LinkNone     LinkState = "none"
)

// Number is a record number read by package icp.
type Number struct {
	Text     string `json:"text"`    // as it stands on the page
	Number   string `json:"number"`  // normalised
	Kind     string `json:"kind"`    // filing, licence
	Subject  string `json:"subject"` // without index and suffix
	Index    *int   `json:"index"`
	Suffix   Text   `json:"suffix"`   // A app, X mini program, K quick app
	Province Text   `json:"province"` // short name; null for a cross-province licence
}

// PageNumber is a visible record number with its link.
type PageNumber struct {
	Number
	Link      Text      `json:"link"`
	LinkState LinkState `json:"link_state"`
}

// PoliceNumber is a visible public-security number (公安备案号).
type PoliceNumber struct {
	Number    string    `json:"number"`
	Code      string    `json:"code"` // 14 digits; old Beijing numbers 12 or 10
	Link      Text      `json:"link"`
	LinkState LinkState `json:"link_state"`
}

// Signal is a hint at what a site offers: shop, payment, forum, news, finance, medical, training …
type Signal struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Block is a block page and the sign it was known by.
type Block struct {
	Provider Text   `json:"provider"`
	Sign     string `json:"sign"`
}

// Parked is a page that is no site: parked, for_sale, default, empty.
type Parked struct {
	Kind string `json:"kind"`
	Sign string `json:"sign"`
}

// TLS is what the certificate says. OK is nil when no TLS was spoken.
type TLS struct {
	OK      *bool   `json:"ok"`
	Expires Instant `json:"expires"`
	Error   Text    `json:"error"`
}

// FilingRecord is the filed record as looked up by a licensed API or a person.
type FilingRecord struct {
	Look
	Source    Text `json:"source"` // api, manual, ledger
	Number    Text `json:"number"`
	Subject   Text `json:"subject"`
	SiteName  Text `json:"site_name"`
	AuditedOn Date `json:"audited_on"`
}
