package netguard

import (
	"errors"
	"fmt"
)

// Code is the class of an [Error]. The words are those that the whole program
// uses, so that an error of the guard matches by errors.Is any error value
// that names the same class through a method ErrorCode.
type Code string

// The codes.
const (
	CodeForbidden   Code = "forbidden"    // the guard does not connect there
	CodeNetwork     Code = "network"      // refused, reset, unreachable, no address
	CodeTimeout     Code = "timeout"      // no answer in time
	CodeCancelled   Code = "cancelled"    // the caller gave up
	CodeBadSettings Code = "bad_settings" // a mapping that cannot be read
	CodeBadTable    Code = "bad_table"    // a registry file that fails its checks
)

// Error makes a Code matchable with errors.Is.
func (c Code) Error() string { return string(c) }

// ErrorCode is the code as a word.
func (c Code) ErrorCode() string { return string(c) }

// Error is what the guard refuses or fails with.
type Error struct {
	Code    Code
	Message string
	Place   string // host, host:port, address, file
	Hint    string // what the user can do; may be empty
	Err     error  // the cause
}

// Error implements error: place and message.
func (e *Error) Error() string {
	if e.Place == "" {
		return e.Message
	}
	return e.Place + ": " + e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches any error value of the same class.
func (e *Error) Is(target error) bool {
	c, ok := target.(interface{ ErrorCode() string })
	return ok && c.ErrorCode() == string(e.Code)
}

// ErrorCode, ErrorPlace, ErrorText and ErrorHint give the parts to those who
// do not import this package.
func (e *Error) ErrorCode() string { return string(e.Code) }

// ErrorPlace is the place.
func (e *Error) ErrorPlace() string { return e.Place }

// ErrorText is the message without its place.
func (e *Error) ErrorText() string { return e.Message }

// ErrorHint is the hint.
func (e *Error) ErrorHint() string { return e.Hint }

func errorf(code Code, place, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Place: place, Err: errors.Unwrap(err)}
}

// coded is an error that knows its class.
type coded interface {
	error
	ErrorCode() string
}
