package filter

// AllowedOps returns the operators that make sense for a type, and for arrays of it: every operator for String, all but
// like's family and regexp for Integer, Number and Date, and eq, neq, inq, nin and exists for Boolean.
func AllowedOps(t Type) Ops {
	equality := OpsOf(Eq, Neq, Inq, Nin, Exists)
	ordering := equality | OpsOf(Gt, Gte, Lt, Lte, Between)
	switch t {
	case String:
		return ordering | OpsOf(Like, Nlike, Ilike, Nilike, Regexp)
	case Integer, Number, Date:
		return ordering
	case Boolean:
		return equality
	}
	return 0
}

// OpsOf returns the set of these operators.
func OpsOf(ops ...Op) Ops {
	var set Ops
	for _, op := range ops {
		set |= 1 << op
	}
	return set
}

// Has reports whether op is in the set.
func (s Ops) Has(op Op) bool { return s&(1<<op) != 0 }

// Names returns the names of the set's operators, in the order of the constants.
func (s Ops) Names() []string {
	var names []string
	for op, name := range opNames {
		if name != "" && s.Has(Op(op)) {
			names = append(names, name)
		}
	}
	return names
}

// ParseOp returns the operator with that name; names are case-sensitive.
func ParseOp(name string) (Op, bool) {
	for op, known := range opNames {
		if name != "" && name == known {
			return Op(op), true
		}
	}
	return 0, false
}

// String returns the operator's name in LoopBack's language: "gte".
func (o Op) String() string {
	if int(o) < len(opNames) && opNames[o] != "" {
		return opNames[o]
	}
	return "unknown operator"
}

// String returns the type's name in the contract: "string", "integer", "number", "boolean", or "date-time".
func (t Type) String() string {
	switch t {
	case String:
		return "string"
	case Integer:
		return "integer"
	case Number:
		return "number"
	case Boolean:
		return "boolean"
	case Date:
		return "date-time"
	}
	return "unknown type"
}

// Kind returns the property's type in the contract, with [] after it for an array: "string[]".
func (p *Property) Kind() string {
	if p.Array {
		return p.Type.String() + "[]"
	}
	return p.Type.String()
}

var opNames = [...]string{
	Eq: "eq", Neq: "neq", Gt: "gt", Gte: "gte", Lt: "lt", Lte: "lte", Between: "between", Inq: "inq", Nin: "nin",
	Like: "like", Nlike: "nlike", Ilike: "ilike", Nilike: "nilike", Regexp: "regexp", Exists: "exists",
}
