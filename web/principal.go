package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strings"
)

// Role is what a principal may do: read what its scope shows; operate: ask for
// checks, silence, acknowledge, revive, test channels, and see personal facts;
// admin: also change the inventory and read the audit log.
type Role string

// The roles; each may do what the ones before may.
const (
	RoleRead    Role = "read"
	RoleOperate Role = "operate"
	RoleAdmin   Role = "admin"
)

// rank orders roles; an unknown one may nothing.
func (r Role) rank() int {
	return slices.Index([]Role{RoleRead, RoleOperate, RoleAdmin}, r)
}

// May tells whether the role suffices where need is asked for.
func (r Role) May(need Role) bool { return need.rank() >= 0 && r.rank() >= need.rank() }

// Principal is who sent a request.
type Principal struct {
	Name string // the token's, or "local" where everybody on this machine may come in
	Role Role
	Tags []string // only sites with one of these; empty: all sites

	Open    bool   // nobody needs a token here
	Session bool   // came by a browser's session
	CSRF    string // to be sent back with changes by a session: field "csrf" or header X-CSRF-Token
	id      string // of the session
}

// Scoped tells whether the principal sees some sites only.
func (p Principal) Scoped() bool { return len(p.Tags) > 0 }

// Sees tells whether a site or event with these tags is in the scope.
func (p Principal) Sees(tags []string) bool {
	return !p.Scoped() || slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(p.Tags, t) })
}

type principalKey struct{}

// PrincipalOf is who sent the request; ok is false before it was let in.
func PrincipalOf(ctx context.Context) (p Principal, ok bool) {
	p, ok = ctx.Value(principalKey{}).(Principal)
	return p, ok
}

func withPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

type requestIDKey struct{}

// RequestID is the id of the request, as in the answer's X-Request-Id and in
// the log.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// hashOf is what is kept of a token.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// HashToken is what is kept of a token (Token.Hash).
func HashToken(token string) string { return "sha256:" + hashOf(token) }

// find gives the token that was presented; every one is compared, in constant
// time.
func find(tokens []Token, presented string) (Token, bool) {
	hash, found := hashOf(presented), -1
	for i, t := range tokens {
		kept := strings.TrimPrefix(strings.ToLower(t.Hash), "sha256:")
		if subtle.ConstantTimeCompare([]byte(kept), []byte(hash)) == 1 {
			found = i
		}
	}
	if presented == "" || found < 0 {
		return Token{}, false
	}
	return tokens[found], true
}

func (t Token) principal() Principal {
	role := t.Role
	if role == "" {
		role = RoleRead
	}
	return Principal{Name: t.Name, Role: role, Tags: slices.Clone(t.Tags)}
}
