package domaincheck

import (
	"errors"
	"fmt"
)

// Code names a class of failure that a program can act upon. Codes are stable.
type Code string

// The codes. BadInput to Unreadable are the user's to mend; the rest tell what
// went wrong outside.
const (
	CodeBadInput      Code = "bad_input"      // a malformed domain, row, date, number …
	CodeUnknownSuffix Code = "unknown_suffix" // the name ends in no known public suffix
	CodeReservedName  Code = "reserved_name"  // a name set apart by RFC 6761/2606, or a bare public suffix
	CodeUnreadable    Code = "unreadable"     // a file that cannot be opened or decoded
	CodeBadSettings   Code = "bad_settings"   // a flag, key or value of the settings
	CodeBadTable      Code = "bad_table"      // a reference table that fails its checks
	CodeTooLarge      Code = "too_large"      // more bytes, rows or redirects than are read
	CodeRefused       Code = "refused"        // the server said no: rate limit, access control
	CodeTimeout       Code = "timeout"        // no answer in time
	CodeMalformed     Code = "malformed"      // an answer that cannot be understood
	CodeNetwork       Code = "network"        // connection refused, reset, unreachable …
	CodeTLSReset      Code = "tls_reset"      // connection cut after the TLS ClientHello, before any byte came back
	CodeForbidden     Code = "forbidden"      // netguard does not connect there
	CodeCancelled     Code = "cancelled"      // the caller gave up (Ctrl-C, shutdown)
	CodeInternal      Code = "internal"       // a defect of ours
)

// Error is the one error type that reaches people: what happened, where, and
// what to do. It is written to JSON as {"code","message","place"}.
//
// Match with errors.As for the whole and with errors.Is for a code:
// errors.Is(err, CodeTimeout).
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Place   Text   `json:"place"` // file:line:column, host:port, URL …
	Hint    string `json:"-"`     // what the user can do; one sentence, may be empty
	Err     error  `json:"-"`     // the cause, for errors.Is and errors.As
}

// ErrorCode is the code as a word.
func (e *Error) ErrorCode() string { return string(e.Code) }

// Error implements error: place and message.
func (e *Error) Error() string {
	if e.Place == "" {
		return e.Message
	}
	return string(e.Place) + ": " + e.Message
}

// Unwrap gives the cause and the code to errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// Error makes a Code matchable with errors.Is.
func (c Code) Error() string { return string(c) }

// ErrorCode is the code as a word: errors of packages that do not import this
// one match a Code by it.
func (c Code) ErrorCode() string { return string(c) }

// Errorf makes an [Error] whose message is formatted as by fmt.Errorf; the
// operand of a %w verb becomes its cause. Place may be empty.
func Errorf(code Code, place string, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Place: Text(place), Err: errors.Unwrap(err)}
}

// WithHint adds what the user can do about it.
func (e *Error) WithHint(hint string) *Error {
	e.Hint = hint
	return e
}

// ErrorIn finds the [Error] in a chain. Coded errors of packages that do not
// import this one (netguard) are given in its form.
func ErrorIn(err error) (*Error, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e, true
	}
	var other interface {
		error
		ErrorCode() string
		ErrorPlace() string
		ErrorText() string
		ErrorHint() string
	}
	if errors.As(err, &other) {
		return &Error{
			Code: Code(other.ErrorCode()), Message: other.ErrorText(), Place: Text(other.ErrorPlace()),
			Hint: other.ErrorHint(), Err: other,
		}, true
	}
	return nil, false
}

// AsError gives err as an [Error]: the one in its chain, else err wrapped under
// code. It is nil for nil.
func AsError(err error, code Code, place string) *Error {
	if err == nil {
		return nil
	}
	if e, ok := ErrorIn(err); ok {
		return e
	}
	return Errorf(code, place, "%w", err)
}
