package store

import (
	"strconv"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// Precondition is a condition on the stored version of a document: a Version must equal the stored one, Any accepts all, and Conditions are
// those of a request.
type Precondition interface {
	// exact returns the only version that meets it, or Any; it returns false if only met can decide.
	exact() (Version, bool)
	// met returns nil or a *fault.Error: PreconditionFailed, or BadRequest for an invalid precondition.
	met(m *Model, id string, stored Version) error
}

func (v Version) exact() (Version, bool) { return v, true }

func (v Version) met(m *Model, id string, stored Version) error {
	if v != Any && v != stored {
		return PreconditionFailed(m, id)
	}
	return nil
}

// Conditions are a request's preconditions (RFC 9110, section 13). Every document meets the zero value. If the document does not exist, the
// error is NotFound, whatever the conditions (section 13.2.1).
type Conditions struct{ match, noneMatch *entityTags }

// If parses the values of the header fields If-Match and If-None-Match; nil means that the field is absent. If a value is invalid, the
// methods that take the conditions return a fault of kind BadRequest. If-Match uses the strong comparison, so a weak tag never
// matches; If-None-Match uses the weak one.
func If(match, noneMatch *string) Conditions {
	return Conditions{parseEntityTags(match), parseEntityTags(noneMatch)}
}

// NotModified reports whether the response to GET or HEAD is 304: the caller already has the stored version. The error is
// PreconditionFailed if If-Match, which is evaluated first (section 13.2.2), is not met, or BadRequest.
func (c Conditions) NotModified(stored Version) (bool, error) {
	if err := c.malformed(); err != nil {
		return false, err
	}
	if c.match != nil && !c.match.contain(stored, true) {
		return false, fault.New(fault.PreconditionFailed, "VERSION_MISMATCH", "The stored version, %s, does not match If-Match.",
			stored.ETag())
	}
	return c.noneMatch != nil && c.noneMatch.contain(stored, false), nil
}

func (c Conditions) exact() (Version, bool) {
	if c.noneMatch != nil || c.malformed() != nil {
		return 0, false
	}
	switch {
	case c.match == nil || c.match.any:
		return Any, true
	case len(c.match.tags) == 1:
		return c.match.tags[0].version(), true
	}
	return 0, false
}

func (c Conditions) met(m *Model, id string, stored Version) error {
	unmodified, err := c.NotModified(stored)
	switch {
	case fault.KindOf(err) == fault.PreconditionFailed:
		return PreconditionFailed(m, id)
	case err == nil && unmodified:
		return fault.New(fault.PreconditionFailed, "VERSION_MISMATCH", "%s with id %s has a version that If-None-Match excludes.",
			m.Schema.Name(), quote(id))
	}
	return err
}

func (c Conditions) malformed() error {
	for name, tags := range map[string]*entityTags{"If-Match": c.match, "If-None-Match": c.noneMatch} {
		if tags != nil && tags.malformed {
			return fault.New(fault.BadRequest, "INVALID_PARAMETER_VALUE",
				`%s must be * or entity tags such as "1", separated by commas.`, name)
		}
	}
	return nil
}

// entityTags are the value of one field.
type entityTags struct {
	malformed, any bool
	tags           []entityTag
}

type entityTag struct {
	weak  bool
	quote string // with its quotes
}

// contain reports whether one of the tags matches the version (RFC 9110, section 8.8.3.2).
func (t entityTags) contain(v Version, strong bool) bool {
	if t.any {
		return true
	}
	for _, tag := range t.tags {
		if tag.quote == v.ETag() && !(tag.weak && strong) {
			return true
		}
	}
	return false
}

// version returns the version that the tag matches strongly, or never.
func (t entityTag) version() Version {
	n, err := strconv.ParseInt(strings.Trim(t.quote, `"`), 10, 64)
	if v := Version(n); err == nil && v > Any && v.ETag() == t.quote && !t.weak {
		return v
	}
	return never
}

// parseEntityTags parses * or a list of entity tags (RFC 9110, sections 5.6.1.2 and 8.8.3).
func parseEntityTags(field *string) *entityTags {
	if field == nil {
		return nil
	}
	rest := strings.Trim(*field, "\t ")
	if rest == "*" {
		return &entityTags{any: true}
	}
	var t entityTags
	for rest = strings.Trim(rest, "\t ,"); rest != ""; {
		var tag entityTag
		rest, tag.weak = strings.CutPrefix(rest, "W/")
		end := strings.IndexByte(strings.TrimPrefix(rest, `"`), '"') + 2
		isControl := func(r rune) bool { return r <= ' ' || r == 0x7f }
		if !strings.HasPrefix(rest, `"`) || end < 2 || strings.ContainsFunc(rest[:end], isControl) {
			return &entityTags{malformed: true}
		}
		tag.quote, rest = rest[:end], strings.TrimLeft(rest[end:], "\t ")
		if rest != "" && rest[0] != ',' {
			return &entityTags{malformed: true}
		}
		t.tags, rest = append(t.tags, tag), strings.TrimLeft(rest, "\t ,")
	}
	t.malformed = len(t.tags) == 0
	return &t
}
