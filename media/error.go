package media

import "fmt"

// Reason is a stable code for why a picture cannot be used. Codes are written
// to reports and never change their meaning.
type Reason string

// The reasons of an Error.
const (
	NotAnImage      Reason = "not_an_image"     // the bytes are of no known type of picture
	TooLarge        Reason = "too_large"        // more bytes than allowed
	DecodeLimit     Reason = "decode_limit"     // more pixels or passes than allowed
	UnsupportedType Reason = "unsupported_type" // a picture, but of a kind that is not decoded
	DecodeFailed    Reason = "decode_failed"    // damaged
)

// Error is why a picture cannot be used.
type Error struct {
	Reason Reason
	Detail string // a few words for a person: "60000×60000 pixels"
	Err    error  // what a decoder said; may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("media: %s: %v", e.Detail, e.Err)
	}
	return "media: " + e.Detail
}

func (e *Error) Unwrap() error { return e.Err }

func fail(r Reason, format string, args ...any) *Error {
	return &Error{Reason: r, Detail: fmt.Sprintf(format, args...)}
}
