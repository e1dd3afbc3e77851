package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"domaincheck/store"
)

func itoa(n int) string { return strconv.Itoa(n) }

// auditEntry is one line of the audit log.
type auditEntry struct {
	Action string // create, change, delete, check, end, import, revive, test, login, logout
	Kind   string // site, subject, server, silence …
	Object string
	Site   string // main domain, where it concerns one
	Before any    // written as JSON
	After  any
}

type addressKey struct{}

// withAddress keeps who calls for the audit log.
func (s *Server) withAddress(r *http.Request) context.Context {
	return context.WithValue(r.Context(), addressKey{}, s.client(r).String())
}

// audit writes to the audit log what was done. What was done stays done if the
// log cannot be written; that itself is logged.
func (s *Server) audit(ctx context.Context, e auditEntry) {
	p, _ := PrincipalOf(ctx)
	address, _ := ctx.Value(addressKey{}).(string)
	err := s.o.Store.Audit(context.WithoutCancel(ctx), store.AuditEntry{
		Who: p.Name, Address: address, Action: e.Action, Kind: e.Kind, Object: e.Object, Site: e.Site, Before: auditDoc(e.Before), After: auditDoc(e.After),
	})
	if err != nil {
		s.o.Log.Error("the audit log cannot be written", "id", RequestID(ctx), "who", p.Name, "action", e.Action, "kind", e.Kind, "object", e.Object, "error", err)
	}
}

// auditDoc is a document of the log: at most 64 KiB, else only its size.
func auditDoc(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	var b bytes.Buffer
	if err := encodeJSON(&b, v); err != nil {
		return nil
	}
	if most := 64 << 10; b.Len() > most {
		return json.RawMessage(`{"bytes": ` + strconv.Itoa(b.Len()) + `}`)
	}
	return bytes.TrimSpace(b.Bytes())
}
