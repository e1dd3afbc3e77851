// Package registrars holds what is known of domain registrars: their names in
// both languages, their IANA ids, their country, and whether they are approved
// in mainland China (域名注册服务机构), which a domain that is to be filed needs.
//
// The table is no copy of the official register (kept at
// https://domain.miit.gov.cn): about half of the approved registrars are in it,
// each with the evidence for its approval. So a registrar that is not in the
// table is [Unknown], never [No]. No is said of companies outside the mainland,
// which cannot hold the licence that order 43 of MIIT (2017-11-01) demands.
// SOURCES.md beside this file tells where each row comes from.
//
// [Table.Match] finds the row of a registrar as WHOIS or RDAP name it: by the
// IANA id, else by the name, exactly. A name is folded (letter case, full-width
// forms, brackets, blanks, commas, dots, Ltd/Limited) but never searched as a
// part of another: 西部数码 is approved, 西部数码国际 in Hong Kong is not; 新网
// and 新网互联 are two companies; "Go China Domains" belongs to GoDaddy.
//
// A [Table] is immutable and safe for concurrent use.
package registrars
