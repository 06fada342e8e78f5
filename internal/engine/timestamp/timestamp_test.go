package timestamp_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // empty: refused
		"2026-01-31T08:00:00Z":              "2026-01-31T08:00:00.000Z",
		"2026-01-31t08:00:00z":              "2026-01-31T08:00:00.000Z",
		"2026-01-31T08:00:00.1Z":            "2026-01-31T08:00:00.100Z",
		"2026-01-31T08:00:00.123999999Z":    "2026-01-31T08:00:00.123Z",
		"2026-01-31T08:00:00.123999999999Z": "2026-01-31T08:00:00.123Z",
		"2026-01-31T08:00:00+02:00":         "2026-01-31T06:00:00.000Z",
		"2026-01-31T23:30:00-01:30":         "2026-02-01T01:00:00.000Z",
		"2026-01-31T08:00:00-00:00":         "2026-01-31T08:00:00.000Z",
		"2026-01-31T08:00:00+23:59":         "2026-01-30T08:01:00.000Z",
		"2024-02-29T00:00:00Z":              "2024-02-29T00:00:00.000Z",
		"0000-01-01T00:00:00Z":              "0000-01-01T00:00:00.000Z",
		"9999-12-31T23:59:59.999Z":          "9999-12-31T23:59:59.999Z",
		"1969-12-31T23:59:59.9999Z":         "1969-12-31T23:59:59.999Z",
		"0000-01-01T00:00:00+00:01":         "", // the year before
		"9999-12-31T23:59:59-00:01":         "", // the year after
		"2023-02-29T00:00:00Z":              "",
		"2026-04-31T00:00:00Z":              "",
		"2026-13-01T00:00:00Z":              "",
		"2026-01-31T24:00:00Z":              "",
		"2026-01-31T08:60:00Z":              "",
		"2016-12-31T23:59:60Z":              "", // a leap second
		"2026-01-31T08:00:00":               "",
		"2026-01-31T08:00Z":                 "",
		"2026-01-31":                        "",
		"2026-01-31 08:00:00Z":              "",
		"2026-01-31T8:00:00Z":               "",
		"2026-1-31T08:00:00Z":               "",
		"26-01-31T08:00:00Z":                "",
		"+2026-01-31T08:00:00Z":             "",
		"-0001-01-31T08:00:00Z":             "",
		"2026-01-31T08:00:00,5Z":            "",
		"2026-01-31T08:00:00.Z":             "",
		"2026-01-31T08:00:00+24:00":         "",
		"2026-01-31T08:00:00+02:60":         "",
		"2026-01-31T08:00:00+0200":          "",
		"2026-01-31T08:00:00+02":            "",
		" 2026-01-31T08:00:00Z":             "",
		"2026-01-31T08:00:00Z\n":            "",
		"2026-01-31T08:00:00Z\x00":          "",
		"２０２６-01-31T08:00:00Z":              "",
		"1769846400":                        "",
		"":                                  "",
		"Sat Jan 31 2026":                   "",
	} {
		got, err := timestamp.Parse(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: %s, %v; want %q", text, got, err, want)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: the error repeats it: %v", text, err)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	const at = `"2026-01-31T08:00:00.000Z"`
	for text, want := range map[string]string{ // empty: refused
		at: at, `"2026-01-31T10:00:00+02:00"`: at, `null`: at, `""`: "", `5`: "", `"`: "", `true`: "", `"2026-01-31"`: "", `{}`: "",
	} {
		value := struct{ At timestamp.Time }{timestamp.Of(time.Date(2026, 1, 31, 8, 0, 0, 999_999, time.UTC))}
		err := json.Unmarshal([]byte(`{"At":`+text+`}`), &value)
		if (err == nil) != (want != "") {
			t.Errorf("%s: %v", text, err)
		}
		if written, _ := json.Marshal(value); err == nil && string(written) != `{"At":`+want+`}` {
			t.Errorf("%s is written as %s, want %s", text, written, want)
		}
	}
	if written, err := json.Marshal(map[timestamp.Time]int{timestamp.Of(time.Unix(0, 0)): 1}); err != nil ||
		string(written) != `{"1970-01-01T00:00:00.000Z":1}` {
		t.Errorf("as a name: %s, %v", written, err)
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 31, 9, 0, 0, 999_999, time.FixedZone("", 3600))
	if got := timestamp.Of(at).String(); got != "2026-01-31T08:00:00.000Z" {
		t.Error(got)
	}
	if before := timestamp.Of(time.Unix(-1, 500)); !before.Equal(time.Unix(-1, 0)) {
		t.Errorf("an instant before 1970 is cut to %s", before)
	}
}

// The grammar of RFC 3339, section 5.6, without leap seconds; time.Parse knows the calendar.
var dateTime = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]` +
	`([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)

// FuzzParse compares Parse with the grammar, and checks that the text of each result parses to the same result.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"2026-01-31T08:00:00Z", "2024-02-29t23:59:59.999999999+23:59", "0000-01-01T00:00:00+00:01",
		"2026-01-31T08:00:00,5Z"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := timestamp.Parse(text)
		want, known := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
		year := want.UTC().Year()
		if ok := dateTime.MatchString(text) && known == nil && 0 <= year && year <= 9999; (err == nil) != ok {
			t.Fatalf("%q: %v; to be taken: %v", text, err, ok)
		}
		if err != nil {
			return
		}
		if d := want.Sub(got.Time); d < 0 || d >= time.Millisecond {
			t.Fatalf("%q is %s, want %s in whole milliseconds", text, got, want)
		}
		again, err := timestamp.Parse(got.String())
		if err != nil || again != got || len(got.String()) != len(timestamp.Layout) {
			t.Fatalf("%q became %s, and that %s, %v", text, got, again, err)
		}
	})
}

func TestBind(t *testing.T) {
	t.Parallel()
	var at timestamp.Time
	if err := at.Bind("2026-01-31T08:00:00+01:00"); err != nil || at.String() != "2026-01-31T07:00:00.000Z" {
		t.Errorf("%v, %v", at, err)
	}
	if at.Bind("yesterday") == nil {
		t.Error("an invalid date-time was accepted")
	}
}
