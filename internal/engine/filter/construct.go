package filter

import "time"

// Equal is the condition that a property has a value; nil matches null and absent. The value has the Go type that Comparison
// names for the property's type; an int becomes an int64, and a time is brought to UTC and whole milliseconds.
// A value of another type matches nothing.
func Equal(p *Property, value any) *Comparison {
	switch v := value.(type) {
	case int:
		value = int64(v)
	case time.Time:
		value = v.UTC().Truncate(time.Millisecond)
	}
	return &Comparison{Property: p, Op: Eq, Value: value}
}

// All is the condition that each of the given ones holds. Conditions that are nil, which is true, are left out; without any
// other the answer is nil, and a single one is returned as it is.
func All(conditions ...Where) Where {
	var all And
	for _, w := range conditions {
		if w != nil {
			all = append(all, w)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}
