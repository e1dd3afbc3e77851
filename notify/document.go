package notify

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"

	"github.com/wneessen/go-mail"

	"domaincheck"
	"domaincheck/alert"
)

// Document is something to hand out that is no event: a compliance report.
type Document struct {
	Key     string // of this edition: repeats carry the same
	Subject string // of the mail
	Text    string // what robots say, and the mail's body
	At      domaincheck.Instant
	File    *File // to e-mail only; nil for none
}

// File is attached to a mail.
type File struct {
	Name  string
	Type  string // media type
	Bytes []byte
}

// reported is the kind of what is no event towards webhooks.
const reported alert.Kind = "report"

// SendReport hands a document out now, past the outbox: by e-mail with its file
// attached, by a chat robot or a webhook as text alone, split where the service
// wants it shorter. Alertmanager takes none (CodeBadSettings). The error is a
// *Failure: the same document may be sent again after one.
func (n *Notifier) SendReport(ctx context.Context, channel string, doc Document) error {
	d := n.find(channel)
	if d == nil {
		return &Failure{Kind: domaincheck.CodeBadInput, Message: "there is no channel " + channel, Whole: true}
	}
	if d.channel.Type == "alertmanager" {
		return &Failure{Kind: domaincheck.CodeBadSettings, Message: "an Alertmanager takes alerts, no reports"}
	}
	s := d.s
	s.doc = &doc
	calls, err := s.plan([]alert.Event{doc.event()})
	if err != nil {
		return failureOf(d.channel, err)
	}
	for _, c := range calls {
		if err := s.once(ctx, c); err != nil {
			return failureOf(d.channel, err)
		}
	}
	return nil
}

func (d *Document) event() alert.Event {
	return alert.Event{Key: d.Key, Kind: reported, Level: domaincheck.Info, Since: d.At, At: d.At}
}

// pieces cuts the text into messages of at most so many bytes, at the ends of
// lines; a line that is too long by itself is cut too.
func (d *Document) pieces(limits alert.Limits, marks []string) []alert.Piece {
	text := strings.NewReplacer(marks...).Replace(strings.TrimSpace(d.Text))
	var out []alert.Piece
	event := d.event()
	for text != "" {
		part := text
		if limits.Bytes > 0 && len(part) > limits.Bytes {
			part = part[:limits.Bytes]
			for !utf8.ValidString(part) {
				part = part[:len(part)-1]
			}
			if i := strings.LastIndexByte(part, '\n'); i > 0 {
				part = part[:i]
			}
		}
		text = strings.TrimPrefix(text[len(part):], "\n")
		out = append(out, alert.Piece{Blocks: []alert.Block{blockOf(part, &event)}})
	}
	return out
}

// blockOf puts a text into the form of an event, line by line.
func blockOf(text string, event *alert.Event) alert.Block {
	lines := strings.Split(text, "\n")
	b := alert.Block{Event: event, Head: lines[0]}
	if n := len(lines) - 1; n > 0 {
		for _, l := range lines[1:n] {
			b.Lines = append(b.Lines, alert.Line{Text: l})
		}
		b.Ref = lines[n]
	}
	return b
}

// attach puts the document's subject and file into its mail.
func (d *Document) attach(m *mail.Msg) error {
	if d.Subject != "" {
		m.Subject(short(d.Subject, 150))
	}
	if d.File == nil {
		return nil
	}
	err := m.AttachReader(d.File.Name, bytes.NewReader(d.File.Bytes), mail.WithFileContentType(mail.ContentType(d.File.Type)))
	if err != nil {
		return &Failure{Kind: domaincheck.CodeInternal, Message: "the report cannot be attached"}
	}
	return nil
}
