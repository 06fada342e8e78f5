// Package filter implements the language of `filter` and `where`: LoopBack 4's, with the same semantics on every store.
//
// A Schema, derived from the contract, parses text into a Query (Schema.Query)
// or a Where (Schema.Where). The result is valid: every property exists, the
// contract allows every operator for its property, every operand has the
// property's type, and all limits are observed. Backends compile a Where.
// Match evaluates it in memory; backends are tested against it.
//
// # Semantics
//
//   - null equals absent: {eq: null} matches both; exists tells them apart.
//   - neq, nin, nlike and nilike are the exact opposites of eq, inq, like and ilike, so they match null and absent.
//   - A comparison never crosses types, and a null operand is only allowed in eq, neq, inq and nin.
//   - gt, gte, lt, lte and between never match null or absent. between includes both ends.
//   - Strings compare by Unicode code point. Case is folded by ilike and nilike only, code point by code point
//     as by unicode.SimpleFold (so Straße and STRASSE differ).
//   - like takes SQL's pattern over the whole value: % is any run, _ is one code point, \ escapes the next one.
//   - regexp takes RE2 syntax (package regexp/syntax), unanchored, `.` not matching a newline, ^ and $ at the
//     value's ends; /pattern/flags accepts the flags i, m and s, and g and u, which have no effect.
//   - Dates compare as instants in milliseconds. Numbers compare by value, integers exactly.
//   - On an array property, an operator holds if it holds for any element. A negated operator holds if no element satisfies the
//     positive one. gt and lt in one clause may be satisfied by two different elements, and so may the two ends of between.
//     eq null on an array matches null and absent only. An array property cannot be ordered by.
//   - Several operators on one property, and several properties in one object, must all hold.
//     and: [] is true, or: [] is false, nor: [] is true, inq: [] is false, nin: [] is true.
//   - Order is by value with null and absent first (last when descending); ties are broken by id in the direction of the
//     last key, ascending when there is no key.
package filter

// Limits of the language. The contract may set lower limits, but not higher ones.
const (
	MaxText    = 16 << 10 // bytes of a raw parameter
	MaxDepth   = 8        // nesting of and, or and nor
	MaxTerms   = 64       // comparisons in one where; {}, and: [], or: [] and nor: [] count as one too
	MaxList    = 1000     // operands of inq and nin
	MaxPattern = 256      // characters of a like or regexp pattern; regexps are also refused when repeats make them large
	MaxLimit   = 1000
	MaxSkip    = 10000
	MaxOrder   = 8 // keys of order

	// MaxOrderLength is the maximum length in characters of strings in a property that an order names. While it sorts, a store keeps the
	// keys of limit and skip together, which is of up to 11,000 documents.
	MaxOrderLength = 1024

	DefaultLimit = 100
)

// Type is the type of a property's value, or of an array property's elements.
type Type uint8

// The types a property can have.
const (
	String Type = iota + 1
	Integer
	Number
	Boolean
	Date
)

// Op is a comparison operator.
type Op uint8

// The operators, by their names in LoopBack's language.
const (
	Eq Op = iota + 1
	Neq
	Gt
	Gte
	Lt
	Lte
	Between
	Inq
	Nin
	Like
	Nlike
	Ilike
	Nilike
	Regexp
	Exists
)

// Property is one property that a filter can name.
type Property struct {
	Name  string   // as the client writes it: "title", "address.city"
	Path  []string // its place in the document: ["address", "city"]
	Type  Type
	Array bool // an array of Type
	Ops   Ops  // the operators the contract allows; none means that a where cannot name it

	Required bool // every document has it, and not as null; false: it may be absent or null
	Long     bool // its values may be longer than MaxOrderLength: an order cannot name it

	// Form returns the canonical form in which a string is stored; eq, neq, inq and nin compare with it. If it is nil, strings are stored
	// as they are.
	Form func(string) (string, error)
}

// Ops is a set of operators.
type Ops uint32

// Where is a condition. It is one of Everything, And, Or, Nor and *Comparison, built by a Schema or by Go code of the server, never by
// decoding a client's value. A nil Where is not a condition: functions that need a condition reject it, and where the condition is
// optional, as in a Query, it stands for all documents.
type Where interface{ where() }

// And holds if all of its conditions hold; an empty And is true.
type And []Where

// Or holds if at least one of its conditions holds; an empty Or is false.
type Or []Where

// Nor holds if none of its conditions holds; an empty Nor is true.
type Nor []Where

// Comparison compares a property with a value.
//
// Value's Go type follows from Op and the property's type:
// Exists: bool; Between: []any of two; Inq, Nin: []any; Like, Nlike, Ilike, Nilike: string; Regexp: *Pattern;
// all others: one operand. An operand is a string (String), int64 (Integer), int64 or float64 (Number), bool (Boolean),
// time.Time in UTC and whole milliseconds (Date), or nil, for null.
type Comparison struct {
	Property *Property
	Op       Op
	Value    any
}

func (And) where()         {}
func (Or) where()          {}
func (Nor) where()         {}
func (*Comparison) where() {}

// Query is a parsed filter.
type Query struct {
	Where  Where // nil: all documents
	Order  []Order
	Limit  int // at least 1; NoLimit finds all
	Skip   int
	Fields *Fields // nil is all
}

// Order is one sort key.
type Order struct {
	Property *Property
	Desc     bool
}

// Fields selects the top-level members of a document that are sent.
type Fields struct {
	Names   map[string]bool
	Exclude bool // send all but Names
}

// Keeps reports whether the member with that name is sent.
func (f *Fields) Keeps(name string) bool { return f == nil || f.Names[name] != f.Exclude }
