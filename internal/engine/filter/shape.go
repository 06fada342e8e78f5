package filter

import "strings"

// Shape returns a query as text without its values: "where author eq ? and (date gt ? or tags inq ?) order by date desc". Queries of the
// same shape differ only in values, in the number of values of inq, and in limit and skip.
func (q *Query) Shape() string {
	var b strings.Builder
	if _, all := q.Where.(Everything); q.Where != nil && !all {
		b.WriteString("where ")
		shape(&b, q.Where, true)
	}
	for i, key := range q.Order {
		switch {
		case i > 0:
			b.WriteString(", ")
		case b.Len() > 0:
			b.WriteString(" order by ")
		default:
			b.WriteString("order by ")
		}
		b.WriteString(key.Property.Name)
		if key.Desc {
			b.WriteString(" desc")
		}
	}
	return b.String()
}

// shape writes a condition, in parentheses if it has several parts and is not the outermost one.
func shape(b *strings.Builder, w Where, outermost bool) {
	switch w := w.(type) {
	case *Comparison:
		b.WriteString(w.Property.Name + " " + w.Op.String() + " ?")
	case And:
		join(b, w, " and ", outermost)
	case Or:
		join(b, w, " or ", outermost)
	case Nor:
		b.WriteString("not ")
		join(b, w, " or ", false)
	default:
		b.WriteString("true")
	}
}

func join(b *strings.Builder, all []Where, word string, outermost bool) {
	if !outermost {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	for i, w := range all {
		if i > 0 {
			b.WriteString(word)
		}
		shape(b, w, false)
	}
}
