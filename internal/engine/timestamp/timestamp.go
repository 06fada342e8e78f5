// Package timestamp defines the format of date-times: instants in UTC with whole milliseconds, as LoopBack writes them.
package timestamp

import (
	"fmt"
	"strings"
	"time"
)

// Layout is the text of every date-time that is stored or sent. Its width is fixed, so the order of texts is the order of instants.
const Layout = "2006-01-02T15:04:05.000Z"

// Time is an instant of the years 0000 to 9999 in UTC and whole milliseconds. Its JSON is a string in Layout.
type Time struct{ time.Time }

// Of returns t in UTC, cut to milliseconds.
func Of(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// Parse parses an RFC 3339 date-time (section 5.6) with any offset; T and Z may be in lower case. Fractions of a millisecond are cut off.
// It returns an error for a leap second, and for an instant outside the years 0000 to 9999 in UTC.
func Parse(text string) (Time, error) {
	t, err := time.Parse(time.RFC3339, strings.ToUpper(text))
	// time.Parse also accepts an hour of one digit, a comma in place of the point, and an offset such as 24:60.
	if err != nil || text[len("2006-01-02T15")] != ':' || strings.Contains(text, ",") || !realOffset(text) {
		return Time{}, fmt.Errorf("not an RFC 3339 date-time such as %s", Layout)
	}
	at := Of(t)
	if y := at.Year(); y < 0 || y > 9999 {
		return Time{}, fmt.Errorf("the year in UTC is not between 0000 and 9999")
	}
	return at, nil
}

// realOffset reports whether a text that time.Parse accepts ends in Z, or in valid hours and minutes.
func realOffset(text string) bool {
	offset := text[len(text)-len("07:00"):]
	return strings.EqualFold(text[len(text)-1:], "Z") || offset[:2] < "24" && offset[3:] < "60"
}

// String returns the instant in Layout.
func (t Time) String() string { return t.UTC().Format(Layout) }

// MarshalText returns the instant in Layout.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText parses a date-time as Parse does.
func (t *Time) UnmarshalText(text []byte) (err error) {
	*t, err = Parse(string(text))
	return err
}

// Bind implements runtime.Binder of oapi-codegen, for parameters: it parses a date-time as Parse does.
func (t *Time) Bind(text string) error { return t.UnmarshalText([]byte(text)) }

// MarshalJSON returns the instant in Layout, quoted.
func (t Time) MarshalJSON() ([]byte, error) { return []byte(`"` + t.String() + `"`), nil }

// UnmarshalJSON parses a quoted date-time as Parse does; null changes nothing.
func (t *Time) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return fmt.Errorf("a date-time must be a JSON string")
	}
	return t.UnmarshalText(text[1 : len(text)-1])
}
