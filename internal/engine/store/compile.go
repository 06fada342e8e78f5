package store

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Compile returns the compiled form of each model; Backend.Migrate and Plan begin with it. It rejects a model if at
// least one backend cannot store it, and names that have a special meaning in one or that one cannot tell apart. So all backends accept
// the same models.
func Compile[T any](models []*Model, compile func(*Model) T) ([]T, error) {
	compiled, seen := make([]T, len(models)), map[string]bool{}
	for i, m := range models {
		if err := m.check(); err != nil {
			return nil, err
		}
		folded := strings.ToLower(m.Collection)
		if seen[folded] {
			return nil, m.invalid("another collection has this name, or one that differs only in case; rename one of them")
		}
		seen[folded] = true
		compiled[i] = compile(m)
	}
	return compiled, nil
}

// Compiled contains the compiled forms of the models that a backend was migrated to. It is safe for concurrent use.
type Compiled[T any] struct{ known sync.Map }

// Of returns what was published for a model. It returns an error if the backend was not migrated to the model.
func (c *Compiled[T]) Of(m *Model) (T, error) {
	if compiled, ok := c.known.Load(m); ok {
		return compiled.(T), nil
	}
	var none T
	return none, m.invalid("the backend was not migrated to this model")
}

// Publish makes Of return the results of Compile for the models. They replace those of earlier models of the same collections.
func (c *Compiled[T]) Publish(models []*Model, compiled []T) {
	for i, m := range models {
		c.known.Range(func(other, _ any) bool {
			if other.(*Model).Collection == m.Collection {
				c.known.Delete(other)
			}
			return true
		})
		c.known.Store(m, compiled[i])
	}
}

// names matches the only names that become part of a statement or a field name; the name of an index may also contain the dots of a nested
// property.
var (
	names      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	indexNames = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]*$`)
)

func (m *Model) invalid(format string, args ...any) error {
	return fault.New(fault.Internal, "", "collection "+m.Collection+": "+format, args...)
}

func (m *Model) check() error {
	if !names.MatchString(m.Collection) || strings.HasPrefix(strings.ToLower(m.Collection), "sqlite_") {
		return fault.New(fault.Internal, "", "collection %q: the name must match %s and not begin with sqlite_; rename the collection",
			m.Collection, names)
	}
	declared := map[string]bool{}
	for _, p := range m.Properties {
		if declared[p.Name] = true; !names.MatchString(p.Name) {
			return m.invalid("the property %q must match %s; rename it", p.Name, names)
		}
	}
	former := slices.Clone(m.Removed)
	for _, p := range m.Properties {
		if p.Was != "" {
			former = append(former, p.Was)
		}
	}
	for i, name := range former {
		if !names.MatchString(name) || declared[name] || slices.Contains(former[:i], name) {
			return m.invalid("the former property %q must match %s and be neither a property nor a former one twice", name, names)
		}
	}
	hasID := false
	columns := map[string]string{} // the property of each column; SQL ignores case, and has one level
	for _, p := range m.Named() {
		if len(p.Path) == 0 || slices.ContainsFunc(p.Path, func(part string) bool { return !names.MatchString(part) }) {
			return m.invalid("each part of the property %q must match %s; rename it", p.Name, names)
		}
		if !declared[p.Path[0]] {
			return m.invalid("the property %q is not declared", p.Name)
		}
		hasID = hasID || p.Name == "id" && p.Type == filter.String && !p.Array
		column := strings.ToLower(strings.Join(p.Path, "__"))
		if other, taken := columns[column]; taken && !p.Array {
			return m.invalid("the properties %q and %q would share one column; rename one of them", other, p.Name)
		}
		if !p.Array {
			columns[column] = p.Name
		}
	}
	if !hasID {
		return m.invalid("missing string property id; add it")
	}
	for _, ix := range m.Indexes {
		if !indexNames.MatchString(ix.Name) || len(ix.Keys) == 0 {
			return m.invalid("the index %q must have keys and a name that matches %s", ix.Name, indexNames)
		}
		for _, key := range ix.Keys {
			if key.Property.Array {
				return m.invalid("the index %q cannot hold the array %q", ix.Name, key.Property.Name)
			}
		}
	}
	return nil
}
