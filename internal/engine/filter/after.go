package filter

import "slices"

// After returns the condition that a document comes after the given one in an order, as Query.Apply sorts: null and absent first, ties
// broken by id. The documents after the last one of a page are the next page. Unlike a skip, it neither misses nor repeats a document if
// others are created, changed or deleted between two pages, and a store can seek to its start in an index over the keys.
//
// The document must have an id, and values of its properties' types; it may have been deleted from the store. The error is that of Match.
func After(order []Order, document []byte) (Where, error) {
	root, err := decodeDocument(document)
	if err != nil {
		return nil, err
	}
	return after(total(order), root), nil
}

// after compares by the first key, and by the others if the first values are equal.
func after(order []Order, document node) Where {
	key := order[0]
	at, _ := document.lookup(key.Property.Path)
	value := key.Property.Type.value(at)
	is := func(op Op, operand any) Where { return &Comparison{key.Property, op, operand} }
	beyond, from := Gt, Gte
	if key.Desc {
		beyond, from = Lt, Lte
	}
	if len(order) == 1 { // the id, which is unique
		return is(beyond, value)
	}
	others := after(order[1:], document)
	switch {
	case value == nil && key.Desc:
		return And{is(Eq, nil), others}
	case value == nil:
		return Or{is(Neq, nil), others}
	case key.Desc && !key.Property.Required: // null comes last
		return Or{is(beyond, value), is(Eq, nil), And{is(Eq, value), others}}
	}
	// The first condition alone is a range of an index; a store does not see it in the second.
	return And{is(from, value), Or{is(beyond, value), others}}
}

// total is an order that leaves no ties: it ends in id.
func total(order []Order) []Order {
	if i := slices.IndexFunc(order, func(k Order) bool { return k.Property.Name == "id" }); i >= 0 {
		return order[:i+1]
	}
	tie := Order{Property: &Property{Name: "id", Path: []string{"id"}, Type: String, Required: true}}
	if len(order) > 0 {
		tie.Desc = order[len(order)-1].Desc
	}
	return append(slices.Clip(order), tie)
}
