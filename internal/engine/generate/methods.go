package generate

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
)

// withMethods appends to generated code the methods that the types of bodies lack, so that encoding/json would lose data:
//
//   - `type A B`, where B has a MarshalJSON or an UnmarshalJSON, or is a type of another package such as time.Time, since A has no methods
//   - `type A struct{ B }`, where B is not a struct, since A would be the object {"B": …}
func withMethods(code []byte) ([]byte, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", code, parser.SkipObjectResolution)
	if err != nil {
		return nil, errCode(err.Error())
	}
	d := declarations{types: map[string]*ast.TypeSpec{}, methods: map[string]bool{}}
	d.read(file)
	out := bytes.NewBuffer(d.withLists(emptyList.ReplaceAll(code, []byte("$1 if len($2) > 0 {"))))
	for _, name := range d.order {
		d.write(out, name)
	}
	return out.Bytes(), nil
}

// declarations are the types of a file, in their order, and the methods of each, as "T.MarshalJSON".
type declarations struct {
	order   []string
	types   map[string]*ast.TypeSpec
	methods map[string]bool
}

func (d *declarations) read(file *ast.File) {
	for _, declaration := range file.Decls {
		switch declaration := declaration.(type) {
		case *ast.GenDecl:
			for _, s := range declaration.Specs {
				if s, ok := s.(*ast.TypeSpec); ok {
					d.types[s.Name.Name], d.order = s, append(d.order, s.Name.Name)
				}
			}
		case *ast.FuncDecl:
			if declaration.Recv == nil {
				continue
			}
			receiver := declaration.Recv.List[0].Type
			if pointer, ok := receiver.(*ast.StarExpr); ok {
				receiver = pointer.X
			}
			if name, ok := receiver.(*ast.Ident); ok {
				d.methods[name.Name+"."+declaration.Name.Name] = true
			}
		}
	}
}

// withLists returns code in which the headers of responses that are lists are written as such: a, b instead of [a b].
func (d *declarations) withLists(code []byte) []byte {
	lists := map[string]bool{}
	for name, s := range d.types {
		if of, ok := s.Type.(*ast.StructType); ok && strings.HasSuffix(name, "ResponseHeaders") {
			for _, field := range of.Fields.List {
				kind := field.Type
				if pointer, ok := kind.(*ast.StarExpr); ok {
					kind = pointer.X
				}
				if _, ok := kind.(*ast.ArrayType); ok && len(field.Names) == 1 {
					lists[field.Names[0].Name] = true
				}
			}
		}
	}
	code = headerOf.ReplaceAllFunc(bytes.Clone(code), func(text []byte) []byte {
		m := headerOf.FindSubmatch(text)
		if !lists[string(m[2])] {
			return text
		}
		return fmt.Appendf(nil, "headerOf(%s)", m[1])
	})
	if len(lists) == 0 {
		return code
	}
	for _, name := range []string{`"strings"`, `"reflect"`} { // after net/http, the last one first
		if !bytes.Contains(code, []byte("\t"+name+"\n")) {
			code = bytes.Replace(code, []byte("\t\"net/http\"\n"), []byte("\t\"net/http\"\n\t"+name+"\n"), 1)
		}
	}
	return append(code, headerFunction...)
}

var headerOf = regexp.MustCompile(`fmt\.Sprint\((\*?response\.Headers\.(\w+))\)`)

const headerFunction = `
// headerOf returns the value of a header field, which may be a list.
func headerOf(value any) string {
	list := reflect.ValueOf(value)
	if list.Kind() != reflect.Slice {
		return fmt.Sprint(value)
	}
	items := make([]string, list.Len())
	for i := range items {
		items[i] = fmt.Sprint(list.Index(i))
	}
	return strings.Join(items, ", ")
}
`

// emptyList matches what generated clients do with a list in the query. They would send an empty one as a list of an empty string; it is
// undefined (RFC 6570, section 2.3), like one in a parameter for each item.
var emptyList = regexp.MustCompile(`(StyleParamWithOptions\([^\n]* (\*?params\.\w+), runtime\.StyleParamOptions\{` +
	`ParamLocation: runtime\.ParamLocationQuery, Type: "array"[^\n]*\n\s*return nil, err\n\s*\} else) \{`)

// provides reports whether a type has a method, or will have it.
func (d *declarations) provides(name, method string) bool {
	for range len(d.types) + 1 { // names that are taken twice can make a type of itself
		if d.methods[name+"."+method] {
			return true
		}
		s := d.types[name]
		if s == nil {
			return false
		}
		of, ok := s.Type.(*ast.Ident)
		if !ok {
			return false
		}
		name = of.Name
	}
	return false
}

// write appends the missing methods of a type.
func (d *declarations) write(out *bytes.Buffer, name string) {
	s := d.types[name]
	if s.Assign.IsValid() {
		return
	}
	isResponse := strings.HasSuffix(name, "JSONResponse") && !d.methods[name+".MarshalJSON"]
	switch of := s.Type.(type) {
	case *ast.Ident:
		if _, imported := d.underlying(of.Name).(*ast.SelectorExpr); imported && isResponse {
			fmt.Fprintf(out, marshalOther, of.Name, name, of.Name+"(v)")
		}
		if !d.methods[name+".MarshalJSON"] && d.provides(of.Name, "MarshalJSON") {
			fmt.Fprintf(out, marshal, of.Name, name)
		}
		if !d.methods[name+".UnmarshalJSON"] && d.provides(of.Name, "UnmarshalJSON") {
			fmt.Fprintf(out, unmarshal, of.Name, name)
		}
	case *ast.SelectorExpr:
		if isResponse {
			other := fmt.Sprint(of.X, ".", of.Sel)
			fmt.Fprintf(out, marshalOther, other, name, other+"(v)")
		}
	case *ast.StructType:
		if !isResponse || len(of.Fields.List) != 1 || of.Fields.List[0].Names != nil {
			return
		}
		if embedded, ok := of.Fields.List[0].Type.(*ast.Ident); ok {
			if _, isStruct := d.underlying(embedded.Name).(*ast.StructType); !isStruct {
				fmt.Fprintf(out, marshalOther, embedded.Name, name, "v."+embedded.Name)
			}
		}
	}
}

// underlying returns the type that the name of a type of this file stands for: one of another package, or a type literal.
func (d *declarations) underlying(name string) ast.Expr {
	for range len(d.types) + 1 { // as above
		s := d.types[name]
		if s == nil {
			return nil
		}
		of, ok := s.Type.(*ast.Ident)
		if !ok {
			return s.Type
		}
		name = of.Name
	}
	return nil
}

const (
	marshal = `
// MarshalJSON returns the JSON of %[1]s.
func (v %[2]s) MarshalJSON() ([]byte, error) {
	return %[1]s(v).MarshalJSON()
}
`
	unmarshal = `
// UnmarshalJSON reads the JSON of %[1]s.
func (v *%[2]s) UnmarshalJSON(data []byte) error {
	return (*%[1]s)(v).UnmarshalJSON(data)
}
`
	marshalOther = `
// MarshalJSON returns the JSON of %[1]s.
func (v %[2]s) MarshalJSON() ([]byte, error) {
	return json.Marshal(%[3]s)
}
`
)
