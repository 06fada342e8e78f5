package spec

import (
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// former contains what a schema says about properties of earlier contracts.
type former struct {
	names   map[string]string // the former names of properties
	removed []string          // the properties whose values are to be deleted
}

// readFormer reads x-was and x-removed, which only the schema of a collection can have.
func readFormer(s *openapi3.Schema, collection bool) (former, error) {
	f := former{names: map[string]string{}}
	by := map[string]string{} // who has a former name
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property, was := s.Properties[name], ""
		extensions := property.Value.Extensions
		if property.Ref != "" {
			extensions = property.Extensions
		}
		has, err := read(extensions, xWas, &was)
		if !has && err == nil {
			continue
		}
		switch at := []string{"properties", name, xWas}; {
		case err != nil:
			return f, placeError{at, err}
		case !collection:
			return f, placeError{at, fmt.Errorf("only a property of a schema with %s can have a former name", xCollection)}
		case name == "id":
			return f, placeError{at, fmt.Errorf("id cannot be renamed")}
		case !namePattern.MatchString(was):
			return f, placeError{at, fmt.Errorf("invalid name %q; it must be a letter followed by letters, digits or _", was)}
		case s.Properties[was] != nil:
			return f, placeError{at, fmt.Errorf("%q is a property of the schema; remove it, or %s", was, xWas)}
		case by[was] != "":
			return f, placeError{at, fmt.Errorf("%q is the former name of %q, too", was, by[was])}
		}
		f.names[name], by[was] = was, name
	}
	var removed map[string]string
	if _, err := read(s.Extensions, xRemoved, &removed); err != nil {
		return f, placeError{[]string{xRemoved}, err}
	}
	for _, name := range slices.Sorted(maps.Keys(removed)) {
		switch at := []string{xRemoved, name}; {
		case !collection:
			return f, placeError{at, fmt.Errorf("only a schema with %s can have it", xCollection)}
		case !namePattern.MatchString(name):
			return f, placeError{at, fmt.Errorf("invalid name %q; it must be a letter followed by letters, digits or _", name)}
		case s.Properties[name] != nil:
			return f, placeError{at, fmt.Errorf("%q is a property of the schema; remove it there, or here", name)}
		case by[name] != "":
			return f, placeError{at, fmt.Errorf("%q is the former name of %q; remove %s first, when no older program runs any more", name,
				by[name], xWas)}
		case removed[name] == "delete":
			f.removed = append(f.removed, name)
		case removed[name] != "keep":
			return f, placeError{at, fmt.Errorf("invalid value %q; want keep or delete", removed[name])}
		}
	}
	return f, nil
}

// within adds the keys that lead to a part of the document to a mistake in it.
func within(err error, at ...string) error {
	if placed, is := err.(placeError); is {
		return placeError{append(at, placed.at...), placed.err}
	}
	return err
}
