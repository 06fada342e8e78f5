package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// parameterFaults collects the errors of a request's parameters, to report them together.
type parameterFaults struct {
	names  []string
	fields []fault.Field
	other  error // not about a value; reported alone
}

func (p *parameterFaults) add(name string, err error) {
	if err == nil {
		return
	}
	fields := fieldsOf(err)
	if e, ok := errors.AsType[*fault.Error](err); ok {
		if e.Kind != fault.BadRequest {
			p.other = err
			return
		}
		fields = e.Fields
	}
	p.names = append(p.names, name)
	for _, f := range fields {
		f.Info = maps.Clone(f.Info)
		if f.Info == nil {
			f.Info = map[string]any{}
		}
		f.Info["parameter"] = name
		p.fields = append(p.fields, f)
	}
}

func (p *parameterFaults) err() error {
	if p.other != nil || len(p.names) == 0 {
		return p.other
	}
	return &fault.Error{
		Kind: fault.BadRequest, Code: "INVALID_PARAMETER_VALUE", Fields: p.fields,
		Detail: fmt.Sprintf("Invalid data for parameter %q. See error object `details` property for more info.",
			strings.Join(p.names, `", "`)),
	}
}

func repeatedParameter() error {
	e := fault.New(fault.BadRequest, "", "repeated")
	e.Fields = []fault.Field{{Code: "conflict", Message: "must be given once"}}
	return e
}

func unknownParameter(name string, known map[string]bool) error {
	names := slices.Sorted(maps.Keys(known))
	takes := "This operation takes none."
	if len(names) > 0 {
		takes = fmt.Sprintf("This operation takes %s.", strings.Join(names, ", "))
	}
	return &fault.Error{
		Kind: fault.BadRequest, Code: "UNKNOWN_PARAMETER",
		Detail: fmt.Sprintf("Unknown query parameter %.64q. %s", name, takes),
	}
}
