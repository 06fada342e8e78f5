package fault

import "fmt"

// The functions below return the problem of a value that violates a keyword of JSON Schema, with the texts of ajv, which LoopBack uses. The
// caller must set the Path.

// WrongType returns the problem of a value that is not of the expected type.
func WrongType(expected string) Field {
	return Field{Code: "type", Message: "must be " + expected, Info: map[string]any{"type": expected}}
}

// WrongFormat returns the problem of a string or number that does not have the format.
func WrongFormat(format string) Field {
	return Field{Code: "format", Message: fmt.Sprintf("must match format %q", format), Info: map[string]any{"format": format}}
}

// UnknownProperty returns the problem of an object with an unknown property.
func UnknownProperty(name string) Field {
	return Field{Code: "additionalProperties", Message: "must NOT have additional properties",
		Info: map[string]any{"additionalProperty": name}}
}

// NotInEnum returns the problem of a value that is not in the list of allowed values.
func NotInEnum(allowed any) Field {
	return Field{Code: "enum", Message: "must be equal to one of the allowed values", Info: map[string]any{"allowedValues": allowed}}
}

// DuplicateItems returns the problem of an array with duplicate items.
func DuplicateItems() Field {
	return Field{Code: "uniqueItems", Message: "must NOT have duplicate items", Info: map[string]any{}}
}

// BeyondLimit returns the problem of a value that exceeds the limit, a number, of a keyword such as maxLength or minimum.
func BeyondLimit(keyword string, limit any) Field {
	f := Field{Code: keyword, Info: map[string]any{"limit": limit}}
	switch keyword {
	case "minimum":
		f.Info["comparison"] = ">="
	case "maximum":
		f.Info["comparison"] = "<="
	}
	f.Message = fmt.Sprintf(beyond[keyword], limit)
	return f
}

var beyond = map[string]string{
	"minimum": "must be >= %v", "maximum": "must be <= %v",
	"minLength": "must NOT have fewer than %v characters", "maxLength": "must NOT have more than %v characters",
	"minItems": "must NOT have fewer than %v items", "maxItems": "must NOT have more than %v items",
	"minProperties": "must NOT have fewer than %v properties", "maxProperties": "must NOT have more than %v properties",
}
