package lab

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	dc "domaincheck"
)

// MailOptions say what a mailbox demands.
type MailOptions struct {
	Now      func() time.Time // must be given
	Listen   string           // "" is 127.0.0.1
	TLS      bool             // encrypted from the first byte (smtps)
	StartTLS bool             // offers STARTTLS, and takes no mail without it
	User     string           // demands AUTH PLAIN with it; "" none
	Password string
}

// Mailbox is an SMTP server that keeps what it is sent. Its methods may be
// called from any goroutine.
type Mailbox struct {
	o        MailOptions
	listener net.Listener
	config   *tls.Config
	ca       []byte
	wg       sync.WaitGroup
	conns    *connections
	mu       sync.Mutex
	mails    []Mail
	faults   []string
}

// Mail is one that was taken.
type Mail struct {
	At      time.Time
	From    string
	To      []string
	Data    string // headers and body as they came, lines ended by \n
	Private bool   // over TLS
}

// OpenMailbox listens until ctx ends or Close is called.
func OpenMailbox(ctx context.Context, o MailOptions) (*Mailbox, error) {
	authority, err := newAuthority(o.Now())
	if err != nil {
		return nil, dc.Errorf(dc.CodeInternal, "", "%w", err)
	}
	cert, err := authority.issue("mail.lab.example", certValid)
	if err != nil {
		return nil, dc.Errorf(dc.CodeInternal, "", "%w", err)
	}
	listen := o.Listen
	if listen == "" {
		listen = "127.0.0.1"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(listen, "0"))
	if err != nil {
		return nil, cannotListen(err)
	}
	m := &Mailbox{o: o, listener: listener, ca: authority.pem, conns: &connections{open: make(map[net.Conn]struct{})}}
	m.config = &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12, Time: o.Now}
	stop := context.AfterFunc(ctx, func() { _ = m.shut() })
	m.wg.Go(func() {
		defer stop()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if !m.conns.add(conn) {
				_ = conn.Close()
				return
			}
			m.wg.Go(func() {
				defer m.conns.remove(conn)
				_ = conn.SetDeadline(time.Now().Add(time.Minute))
				(&smtpTalk{m: m}).serve(conn)
			})
		}
	})
	return m, nil
}

// Addr is host:port.
func (m *Mailbox) Addr() string { return m.listener.Addr().String() }

// CA is the certificate (PEM) of the authority that signed the mailbox's own,
// which is for mail.lab.example.
func (m *Mailbox) CA() []byte { return m.ca }

// Mails lists what was taken so far.
func (m *Mailbox) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// Fail answers the next n mails with a line such as "451 4.7.1 try again".
func (m *Mailbox) Fail(n int, line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range n {
		m.faults = append(m.faults, line)
	}
}

// Close stops listening and ends every connection.
func (m *Mailbox) Close() error {
	err := m.shut()
	m.wg.Wait()
	return err
}

func (m *Mailbox) shut() error {
	_ = m.listener.Close() // a second close has nothing to say
	return m.conns.close()
}

// smtpTalk is one connection.
type smtpTalk struct {
	m       *Mailbox
	conn    net.Conn
	r       *bufio.Reader
	private bool
	known   bool
	mail    Mail
}

func (t *smtpTalk) say(format string, args ...any) {
	_, _ = fmt.Fprintf(t.conn, format+"\r\n", args...)
}

func (t *smtpTalk) wear(conn net.Conn) {
	t.conn = conn
	t.r = bufio.NewReader(io.LimitReader(conn, 8<<20))
}

func (t *smtpTalk) serve(conn net.Conn) {
	t.wear(conn)
	if t.m.o.TLS {
		t.wear(tls.Server(conn, t.m.config))
		t.private = true
	}
	t.known = t.m.o.User == ""
	t.say("220 mail.lab.example ESMTP")
	for {
		line, err := t.r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		if !t.command(strings.ToUpper(verb), rest) {
			return
		}
	}
}

// command is false when the talk is over.
func (t *smtpTalk) command(verb, rest string) bool {
	switch verb {
	case "EHLO", "HELO":
		t.hello()
	case "STARTTLS":
		if !t.m.o.StartTLS || t.private {
			t.say("502 5.5.1 no STARTTLS here")
			break
		}
		t.say("220 2.0.0 go ahead")
		t.wear(tls.Server(t.conn, t.m.config))
		t.private = true
	case "AUTH":
		t.auth(rest)
	case "MAIL":
		switch {
		case t.m.o.StartTLS && !t.private:
			t.say("530 5.7.0 must issue a STARTTLS command first")
		case !t.known:
			t.say("530 5.7.0 authentication required")
		default:
			t.mail = Mail{From: address(rest), Private: t.private}
			t.say("250 2.1.0 ok")
		}
	case "RCPT":
		t.mail.To = append(t.mail.To, address(rest))
		t.say("250 2.1.5 ok")
	case "DATA":
		t.data()
	case "RSET", "NOOP":
		t.say("250 2.0.0 ok")
	case "QUIT":
		t.say("221 2.0.0 bye")
		return false
	default:
		t.say("502 5.5.2 unknown command")
	}
	return true
}

func (t *smtpTalk) hello() {
	lines := []string{"mail.lab.example", "8BITMIME", "SMTPUTF8"}
	if t.m.o.StartTLS && !t.private {
		lines = append(lines, "STARTTLS")
	}
	if t.m.o.User != "" {
		lines = append(lines, "AUTH PLAIN")
	}
	for i, l := range lines {
		mark := "-"
		if i == len(lines)-1 {
			mark = " "
		}
		t.say("250%s%s", mark, l)
	}
}

func (t *smtpTalk) auth(rest string) {
	_, given, _ := strings.Cut(rest, " ")
	raw, err := base64.StdEncoding.DecodeString(given)
	if err != nil || string(raw) != "\x00"+t.m.o.User+"\x00"+t.m.o.Password {
		t.say("535 5.7.8 authentication credentials invalid")
		return
	}
	t.known = true
	t.say("235 2.7.0 ok")
}

func (t *smtpTalk) data() {
	if len(t.mail.To) == 0 {
		t.say("503 5.5.1 no recipient")
		return
	}
	t.say("354 end with a dot")
	var b strings.Builder
	for {
		line, err := t.r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "." {
			break
		}
		b.WriteString(strings.TrimPrefix(line, ".") + "\n")
	}
	t.m.mu.Lock()
	defer t.m.mu.Unlock()
	if len(t.m.faults) > 0 {
		line := t.m.faults[0]
		t.m.faults = t.m.faults[1:]
		t.say("%s", line)
		return
	}
	t.mail.Data, t.mail.At = b.String(), t.m.o.Now()
	t.m.mails = append(t.m.mails, t.mail)
	t.say("250 2.0.0 taken")
}

// address is what stands between angle brackets.
func address(rest string) string {
	_, after, _ := strings.Cut(rest, "<")
	inside, _, _ := strings.Cut(after, ">")
	return inside
}
