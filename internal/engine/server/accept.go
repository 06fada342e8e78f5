package server

import (
	"mime"
	"regexp"
	"strconv"
	"strings"
)

const (
	envelopeType = "application/json" // without LoopBack's charset: generated clients compare it with the contract literally
	problemType  = "application/problem+json"
)

// prefersProblem reports whether Accept prefers an error in the form of RFC 9457 to one in LoopBack's form: its quality is higher,
// or equal and its media type is listed. Clients that accept neither get LoopBack's form, which is more useful than 406 (RFC 9110,
// section 12.4.1).
func prefersProblem(accept []string) bool {
	const utf8 = "; charset=utf-8" // JSON has no other
	problem, named := quality(accept, problemType+utf8)
	envelope, _ := quality(accept, envelopeType+utf8)
	return problem > envelope || problem == envelope && problem > 0 && named
}

// quality returns the quality value of a media type in the lines of an Accept field, from 0 to 1, and whether a range without *
// matched it (RFC 9110, section 12.5.1). The most specific range that matches counts, or the first of equally specific ones.
// Malformed ranges are ignored.
func quality(accept []string, mediaType string) (q float64, named bool) {
	name, parameters, err := mime.ParseMediaType(mediaType)
	if err != nil {
		return 0, false
	}
	kind, _, _ := strings.Cut(name, "/")
	best := -1
	for member := range listMembers(accept) {
		media, weight, ok := mediaRange(member)
		specific := -1
		switch {
		case !ok:
		case media.name == name && contains(parameters, media.parameters):
			specific = 2 + len(media.parameters)
		case media.name == kind+"/*" && len(media.parameters) == 0:
			specific = 1
		case media.name == "*/*" && len(media.parameters) == 0:
			specific = 0
		}
		if specific > best {
			best, q, named = specific, weight, specific > 1
		}
	}
	return q, named
}

type media struct {
	name       string // in lower case
	parameters map[string]string
}

// weightPattern is a qvalue (RFC 9110, section 12.4.2).
var weightPattern = regexp.MustCompile(`^(0(\.[0-9]{0,3})?|1(\.0{0,3})?)$`)

// mediaRange parses one member of an Accept field. The weight is 1 unless it is given.
func mediaRange(member string) (media, float64, bool) {
	name, parameters, err := mime.ParseMediaType(member)
	if err != nil || !strings.Contains(name, "/") {
		return media{}, 0, false
	}
	text, weighted := parameters["q"]
	if !weighted {
		return media{name, parameters}, 1, true
	}
	if !weightPattern.MatchString(text) {
		return media{}, 0, false
	}
	weight, err := strconv.ParseFloat(text, 64)
	delete(parameters, "q")
	return media{name, parameters}, weight, err == nil
}

// contains reports whether all contains every entry of some. Values are compared case-insensitively, like those of charset.
func contains(all, some map[string]string) bool {
	for name, value := range some {
		if given, ok := all[name]; !ok || !strings.EqualFold(given, value) {
			return false
		}
	}
	return true
}
