package config

import (
	"errors"
	"slices"
	"testing"

	"domaincheck"
)

// TestWords: rules and providers that there are not are told with their place,
// in everything that chooses by them.
func TestWords(t *testing.T) {
	known := Known{Rules: []string{"access.mainland", "access.resolves", "notice.deadline", "site.number"}, Providers: []string{"aliyun", "tencent"}}
	known.Provider = func(word string) bool { return slices.Contains(known.Providers, word) || word == "阿里云" }
	const sound = `
channels: {a: {type: slack, url: "https://h/x"}}
routes: [{channels: [a], match: {rules: [access.mainland, "site.*", "*"], providers: [aliyun, 阿里云], tags: ["R&D", a-b]}}]
desk: {open_cases: ["*", notice.deadline, "site.*"], own: [tencent]}
`
	if err := mustLoad(t, sound).CheckWords(known); err != nil {
		t.Errorf("refused: %s", told(err))
	}
	s := mustLoad(t, `
channels: {a: {type: slack, url: "https://h/x"}}
routes:
  - {channels: [a], match: {rules: [site.numbr, "sites.*", access.unheard, gibberish], providers: [aliyn, 某机房]}}
silences: [{match: {rules: [acces.mainland]}, owner: x, until: 2030-01-01}]
maintenance: [{match: {providers: [tencnt]}, from: 2030-01-01, until: 2030-01-02}]
reports: [{cron: "@daily", channels: [a], match: {rules: ["site.numbers*"]}}]
desk: {open_cases: [notice.dedline], own: [alyun]}
`)
	err := s.CheckWords(known)
	golden(t, "testdata/words.txt", told(err))
	if !errors.Is(err, domaincheck.CodeBadSettings) {
		t.Errorf("code of %v", err)
	}
}
