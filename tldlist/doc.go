// Package tldlist holds what is known of top-level domains: whether the
// Ministry of Industry and Information Technology (MIIT) has approved them, so
// that a name below them can be filed; whether they are on the narrower list
// that the administration of Beijing keeps; where their registry answers WHOIS
// and RDAP; and which family the registry belongs to, on which the lifecycle of
// an expired name depends.
//
// Approval has three values. [Yes] and [No] rest on the sources named in the
// row; everything else is [Unknown], and a TLD that is not in the table is
// unknown too: the tables are copies and cuttings of a list that MIIT keeps on
// a page of its own (https://domain.miit.gov.cn), and absence from a copy
// proves nothing. SOURCES.md beside this file tells where each row comes from
// and how conflicts were settled.
//
// Three files are embedded: tlds.csv (approval), tld_services.csv (WHOIS hosts
// and RDAP bases) and cn_second_level.csv (the category and region labels under
// .cn). [Default] loads them; [Table.Replace] puts a user's tlds.csv in place
// of the embedded one.
//
// A [Table] is immutable and safe for concurrent use.
package tldlist
