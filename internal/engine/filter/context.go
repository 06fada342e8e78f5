package filter

import "context"

// parsedKey is the context key of the parsed parameters of a request.
type parsedKey struct{}

type parsed struct {
	schema  *Schema
	text    string
	value   any // *Query, Where or *Fields
	earlier *parsed
}

// Parse parses a parameter's text with the method that the form names, and returns a context with the value, so that QueryContext,
// WhereContext and FieldsContext do not parse the same text again. The value is shared: copy it before changing it. The error is that of
// the method.
func (s *Schema) Parse(ctx context.Context, form Form, text string) (context.Context, error) {
	var value any
	var err error
	switch form {
	case QueryForm:
		value, err = s.Query([]byte(text))
	case WhereForm:
		value, err = s.Where([]byte(text))
	case FieldsForm:
		value, err = s.Fields([]byte(text))
	}
	if err != nil {
		return nil, err
	}
	earlier, _ := ctx.Value(parsedKey{}).(*parsed)
	return context.WithValue(ctx, parsedKey{}, &parsed{s, text, value, earlier}), nil
}

// QueryContext is like Query, but reuses a value that Parse has stored in the context.
func (s *Schema) QueryContext(ctx context.Context, text []byte) (*Query, error) {
	return fromContext(ctx, s, text, s.Query)
}

// WhereContext is like Where, but reuses a value that Parse has stored in the context.
func (s *Schema) WhereContext(ctx context.Context, text []byte) (Where, error) {
	return fromContext(ctx, s, text, s.Where)
}

// FieldsContext is like Fields, but reuses a value that Parse has stored in the context.
func (s *Schema) FieldsContext(ctx context.Context, text []byte) (*Fields, error) {
	return fromContext(ctx, s, text, s.Fields)
}

func fromContext[T any](ctx context.Context, s *Schema, text []byte, parse func([]byte) (T, error)) (T, error) {
	for p, _ := ctx.Value(parsedKey{}).(*parsed); p != nil; p = p.earlier {
		if value, ok := p.value.(T); ok && p.schema == s && p.text == string(text) {
			return value, nil
		}
	}
	return parse(text)
}
