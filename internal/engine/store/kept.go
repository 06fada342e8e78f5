package store

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

type keptKey struct{}

// kept contains properties that a request has sent but must not change.
type kept struct {
	schemas []string
	members map[string]any
}

// WithKept returns a context for Update and Replace in the collections of the schemas. In it, they change a document only if each of the
// members equals the stored one. The comparison is part of the write. Otherwise they return Invalid, with the JSON pointer of each member
// that differs. A member that is null equals an absent one.
func WithKept(ctx context.Context, schemas []string, members map[string]any) context.Context {
	return context.WithValue(ctx, keptKey{}, kept{schemas, members})
}

// update is Backend.Update for a document whose kept members equal the stored ones. It updates only the version that was compared.
func (c Collection[T]) update(ctx context.Context, id string, set []Change, g Guard) (Document, error) {
	k, _ := ctx.Value(keptKey{}).(kept)
	if !slices.Contains(k.schemas, c.model.Schema.Name()) {
		return c.backend.Update(ctx, c.model, id, set, g)
	}
	for {
		at, err := c.same(ctx, id, k.members, g)
		if err != nil {
			return Document{}, err
		}
		d, err := c.backend.Update(ctx, c.model, id, set, at)
		if fault.KindOf(err) != fault.PreconditionFailed || g.Version != 0 || ctx.Err() != nil {
			return d, err
		}
	}
}

// same returns the guard restricted to the stored version, if the stored document meets the guard and has the members.
func (c Collection[T]) same(ctx context.Context, id string, members map[string]any, g Guard) (Guard, error) {
	d, err := c.backend.Get(ctx, c.model, id)
	if err != nil {
		return g, err
	}
	if g.Where != nil {
		if mine, err := filter.Match(ctx, g.Where, d.JSON); err != nil || !mine {
			return g, NotFound(c.model, id)
		}
	}
	if g.Version != 0 && g.Version != d.Version {
		return g, PreconditionFailed(c.model, id)
	}
	var stored map[string]any
	if err := json.Unmarshal(c.view.of(d.JSON), &stored); err != nil {
		return g, c.stray(id, err)
	}
	wrong := &fault.Error{Kind: fault.Invalid, Code: "VALIDATION_FAILED",
		Detail: "The request body is invalid. See error object `details` property for more info."}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !sameValue(stored[name], members[name]) {
			wrong.Fields = append(wrong.Fields, fault.Field{Path: "/" + name, Code: "readOnly",
				Message: "must equal the stored value or be omitted: the server sets it", Info: map[string]any{}})
		}
	}
	if wrong.Fields != nil {
		return g, wrong
	}
	return Guard{Where: g.Where, Version: d.Version}, nil
}

// sameValue reports whether a sent value equals the stored one. Two forms of one instant are the same.
func sameValue(stored, sent any) bool {
	text, err := json.Marshal(sent)
	var value any
	if err != nil || json.Unmarshal(text, &value) != nil {
		return false
	}
	if a, isText := stored.(string); isText && a != value {
		b, _ := value.(string)
		at, err := time.Parse(time.RFC3339, a)
		same, oops := time.Parse(time.RFC3339, b)
		return err == nil && oops == nil && at.Equal(same)
	}
	return reflect.DeepEqual(stored, value)
}
