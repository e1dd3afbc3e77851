package store

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"time"
)

// Upload is a file that somebody sent to see what it would do, kept until it is
// confirmed or its time is over: by another process of those that share the
// store, too, and over a restart.
type Upload struct {
	ID      string
	Owner   string    // who may have it back
	Expires time.Time // by the store's clock
	Doc     json.RawMessage
	Bytes   []byte
}

// PutUpload keeps a file. Those whose time is over go, and the oldest ones where
// all together take more than most bytes as they are kept; never the new one.
func (s *Store) PutUpload(ctx context.Context, u Upload, most int64) error {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := w.Write(u.Bytes); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return s.inTx(ctx, func(t *tx) error {
		if err := s.dropUploads(ctx, t); err != nil {
			return err
		}
		var n int64
		if err := t.row(ctx, `INSERT INTO uploads (id, owner, doc, expires_at, size, bytes) VALUES ($1, $2, $3, $4, $5, $6) RETURNING n`,
			[]any{u.ID, u.Owner, string(u.Doc), micros(u.Expires), packed.Len(), packed.Bytes()}, &n); err != nil {
			return err
		}
		_, err := t.exec(ctx, `DELETE FROM uploads WHERE n <> $1 AND (SELECT sum(later.size) FROM uploads later WHERE later.n >= uploads.n) > $2`, n, most)
		return err
	})
}

// TakeUpload gives a file back to its owner, once. CodeNotFound if there is none
// of that name, or its time is over.
func (s *Store) TakeUpload(ctx context.Context, id, owner string) (Upload, error) {
	u := Upload{ID: id, Owner: owner}
	err := s.inTx(ctx, func(t *tx) error {
		var expires int64
		var doc string
		err := t.row(ctx, `DELETE FROM uploads WHERE id = $1 AND owner = $2 AND expires_at > $3 RETURNING expires_at, doc, bytes`,
			[]any{id, owner, micros(s.Now())}, &expires, &doc, &u.Bytes)
		if isNone(err) {
			return notFound("upload")
		}
		u.Expires, u.Doc = instant(expires), rawJSON(doc)
		return err
	})
	if err != nil {
		return Upload{}, err
	}
	u.Bytes, err = unpack(u.Bytes)
	return u, err
}

// dropUploads ends those whose time is over.
func (s *Store) dropUploads(ctx context.Context, t *tx) error {
	_, err := t.exec(ctx, `DELETE FROM uploads WHERE expires_at <= $1`, micros(s.Now()))
	return err
}
