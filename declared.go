package domaincheck

// This file holds what the owner declares (台账填报): the facts of the ledger.
// Every fact but a site's domain is optional. An absent text or date is "not
// declared"; booleans and numbers whose zero value is itself a fact are
// pointers. JSON names are those of the inventory format.

// Kind of a subject.
type Kind string

// The two kinds of subjects; each province has a book for each.
const (
	KindUnit       Kind = "unit"       // 单位: company, institution, agency …
	KindIndividual Kind = "individual" // 个人
)

// SiteState is where a site stands in the life of a filing.
type SiteState string

// The states.
const (
	StateUnfiled     SiteState = "unfiled"      // never filed
	StateNotRequired SiteState = "not_required" // served from abroad or overseas only
	StateFiling      SiteState = "filing"       // an order is open
	StateFiled       SiteState = "filed"
	StateCancelled   SiteState = "cancelled"
)

// Role of a domain within a site. Page rules look only at main and alias.
type Role string

// The roles.
const (
	RoleMain      Role = "main"
	RoleAlias     Role = "alias"
	RoleRedirect  Role = "redirect"
	RoleAPI       Role = "api"
	RoleStatic    Role = "static"
	RoleMail      Role = "mail"
	RoleDefensive Role = "defensive"
)

// AccessState is the state of one access record (接入).
type AccessState string

// The access states; every one but cancelled counts as an access record.
const (
	AccessActive    AccessState = "active"
	AccessPending   AccessState = "pending"
	AccessNotice    AccessState = "notice"
	AccessCancelled AccessState = "cancelled"
)

// OrderKind is what a filing order asks for.
type OrderKind string

// The order kinds.
const (
	OrderFirst   OrderKind = "first"
	OrderNewSite OrderKind = "new_site"
	OrderAccess  OrderKind = "access"
	OrderChange  OrderKind = "change"
	OrderCancel  OrderKind = "cancel"
)

// MarshalJSON writes null for an undeclared kind.
func (k Kind) MarshalJSON() ([]byte, error) { return Text(k).MarshalJSON() }

// MarshalJSON writes null for an undeclared kind.
func (k OrderKind) MarshalJSON() ([]byte, error) { return Text(k).MarshalJSON() }

// MarshalJSON writes null for an undeclared state.
func (s SiteState) MarshalJSON() ([]byte, error) { return Text(s).MarshalJSON() }

// Subject is the filing subject (主办单位, 备案主体): the unit or person under
// whose name sites are filed.
type Subject struct {
	ID                  Text          `json:"id"`
	Name                Text          `json:"name"`
	Kind                Kind          `json:"kind"`
	Type                Text          `json:"type"`          // 企业, 事业单位, 党政机关 …
	Province            Text          `json:"province"`      // short Chinese name: 北京, 内蒙古 …
	RecordNumber        Text          `json:"record_number"` // 主体备案号, without -N
	FiledOn             Date          `json:"filed_on"`
	LegalRepresentative Text          `json:"legal_representative"`
	FormerNames         List[string]  `json:"former_names"`
	OtherNames          List[string]  `json:"other_names"`
	Shareholders        List[string]  `json:"shareholders"`
	Officers            List[string]  `json:"officers"`
	State               Text          `json:"state"` // 存续, 注销, 吊销, 经营异常 …
	Certificate         *Certificate  `json:"certificate"`
	AddressProvince     Text          `json:"address_province"`
	ClusterAddress      *bool         `json:"cluster_address"`
	Principal           *Person       `json:"principal"` // 主体负责人
	Counts              *Counts       `json:"counts"`
	Contacts            List[Contact] `json:"contacts"`
	Tags                List[string]  `json:"tags"`
}

// Certificate is the unit's certificate (营业执照 …).
type Certificate struct {
	IssuedOn Date `json:"issued_on"`
	Expires  Date `json:"expires"`
}

// Person is a responsible person (负责人) as far as filing rules ask. Full
// identity and phone numbers are never stored.
type Person struct {
	Name                  Text             `json:"name"`
	IsLegalRepresentative *bool            `json:"is_legal_representative"`
	BirthDate             Date             `json:"birth_date"`
	Nationality           Text             `json:"nationality"` // ISO 3166 alpha-2
	IDType                Text             `json:"id_type"`     // 身份证, 护照 …
	IDExpires             Date             `json:"id_expires"`
	IDProvince            Text             `json:"id_province"`
	ResidencePermit       *ResidencePermit `json:"residence_permit"`
	PhoneProvince         Text             `json:"phone_province"`
	PhoneCheckedOn        Date             `json:"phone_checked_on"`
	Contact               *PersonContact   `json:"contact"`
}

// ResidencePermit is a 居住证 or 暂住证.
type ResidencePermit struct {
	Province Text `json:"province"`
	IssuedOn Date `json:"issued_on"`
	Expires  Date `json:"expires"`
}

// PersonContact tells what is wrong with a person's phones, as far as known.
type PersonContact struct {
	Swapped           *bool `json:"swapped"`
	SameAsOtherPerson *bool `json:"same_as_other_person"`
	SameAsEmergency   *bool `json:"same_as_emergency"`
	Dead              *bool `json:"dead"`
}

// Counts are totals of the subject, this site and its order included.
type Counts struct {
	Sites          *int `json:"sites"`
	DomainPrefixes *int `json:"domain_prefixes"`
}

// Siblings are the counts of the subject's sites in this ledger, this one included.
type Siblings struct {
	Sites          int `json:"sites"`
	DomainPrefixes int `json:"domain_prefixes"`
}

// Contact is somebody to write to; never shown in reports of others.
type Contact struct {
	Name   Text `json:"name"`
	Email  Text `json:"email"`
	Mobile Text `json:"mobile"`
	Role   Text `json:"role"`
}

// Server is a declared server (托管服务器): what carries the filing.
type Server struct {
	ID              Text         `json:"id"`
	Provider        Text         `json:"provider"`
	Type            Text         `json:"type"` // ecs, vhost, swas, nat, ipv6, ens, iot, market, fc, mall, jushita, chengxintong, own, other
	Region          Text         `json:"region"`
	Addresses       List[string] `json:"addresses"`
	Billing         Text         `json:"billing"`           // subscription, pay_as_you_go
	FirstTermMonths *int         `json:"first_term_months"` // total bought, renewals included
	OrderAmount     *float64     `json:"order_amount"`      // yuan
	Expires         Date         `json:"expires"`
	PublicBandwidth *bool        `json:"public_bandwidth"`
	Codes           *Codes       `json:"codes"`
}

// Codes are the filing service codes (备案服务码) of a server.
type Codes struct {
	Total  *int           `json:"total"`
	Used   *int           `json:"used"`
	Filing *int           `json:"filing"`
	Paid   List[PaidCode] `json:"paid"`
}

// PaidCode is one paid service code.
type PaidCode struct {
	State   Text `json:"state"`
	Expires Date `json:"expires"`
}

// Domain is one domain of a site, as the registrable domain's A-label.
type Domain struct {
	Domain string `json:"domain"`
	Role   Role   `json:"role"`
}

// Site is a filed (or to be filed) site (互联网信息服务) with its subject and
// its servers inlined.
type Site struct {
	Domains            List[Domain]   `json:"domains"`
	Name               Text           `json:"name"` // filed site name (网站名称)
	Subject            *Subject       `json:"subject"`
	State              SiteState      `json:"state"`
	RecordNumber       Text           `json:"record_number"`
	FiledOn            Date           `json:"filed_on"`
	ChangedOn          Date           `json:"changed_on"`
	OpenedOn           Date           `json:"opened_on"`
	Commercial         *bool          `json:"commercial"`
	Hosts              List[string]   `json:"hosts"` // labels below the domain, "@" for the apex, or full names
	Home               Text           `json:"home"`  // URL
	Servers            List[Server]   `json:"servers"`
	Access             List[Access]   `json:"access"`
	Holder             *Holder        `json:"holder"`
	RealNameVerifiedOn Date           `json:"real_name_verified_on"`
	AutoRenew          *bool          `json:"auto_renew"`
	Expires            Date           `json:"expires"` // domain expiry as the owner knows it
	Order              *Order         `json:"order"`
	Responsible        *Person        `json:"responsible"` // 网站负责人
	Papers             []Paper        `json:"papers"`      // null: not declared; []: none
	Approvals          List[Approval] `json:"approvals"`
	Categories         List[string]   `json:"categories"`
	PoliceNumber       Text           `json:"police_number"`
	LastVisitOn        Date           `json:"last_visit_on"`
	Customer           Text           `json:"customer"`
	Tags               List[string]   `json:"tags"`
	Channel            Text           `json:"channel"`
}

// MainDomain is the first domain of role main, else the first domain, else "".
func (s Site) MainDomain() string {
	for _, d := range s.Domains {
		if d.Role == RoleMain || d.Role == "" {
			return d.Domain
		}
	}
	if len(s.Domains) > 0 {
		return s.Domains[0].Domain
	}
	return ""
}

// Access is one access record (接入): the provider at which the site is filed
// as served.
type Access struct {
	Provider  string       `json:"provider"`
	State     AccessState  `json:"state"` // active when not said
	Since     Date         `json:"since"`
	Account   Text         `json:"account"`
	Addresses List[string] `json:"addresses"`
	Notices   List[Notice] `json:"notices"`
}

// Notice is a provider's or regulator's notice.
type Notice struct {
	Kind     Text `json:"kind"` // 接入核查, 信息核查, 空壳公示, 管局, 公安
	Received Date `json:"received"`
	Deadline Date `json:"deadline"`
	Text     Text `json:"text"`
	ClosedOn Date `json:"closed_on"`
}

// Holder is the domain's registrant (域名持有者) as the owner knows it.
type Holder struct {
	Name       Text `json:"name"`
	VerifiedOn Date `json:"verified_on"`
	Proof      Text `json:"proof"` // 域名证书 …
	ProofOn    Date `json:"proof_on"`
}

// Order is an open filing order.
type Order struct {
	Kind        OrderKind    `json:"kind"`
	Provider    Text         `json:"provider"`
	SubmittedOn Date         `json:"submitted_on"`
	Stage       Text         `json:"stage"` // 初审, 短信核验, 管局审核
	Domains     List[string] `json:"domains"`
}

// Paper is a document at hand, by its Chinese name in the provinces' rules.
type Paper struct {
	Kind     string `json:"kind"`
	IssuedOn Date   `json:"issued_on"`
	Expires  Date   `json:"expires"`
}

// Approval is a prior approval (前置审批).
type Approval struct {
	Category string `json:"category"`
	Number   Text   `json:"number"`
	Expires  Date   `json:"expires"`
}
