package testkit

import "encoding/json"

// role is a value of x-roles, a list of scopes or an object.
type role struct {
	Scopes  []string `json:"scopes"`
	Default bool     `json:"default"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *role) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, &r.Scopes)
	}
	type object role
	return json.Unmarshal(data, (*object)(r))
}
