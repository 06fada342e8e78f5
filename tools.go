// Package newsdesk embeds the contract, and lists what is generated from it: `go generate ./...` writes gen/ and
// client/operations.gen.go.
package newsdesk

import _ "embed"

//go:generate go run ./cmd/scaffold
//go:generate go run ./cmd/scaffold internal/engine/testapp
//go:generate go run ./cmd/scaffold internal/engine/foreignapp

// OpenAPI is openapi.yaml, byte for byte.
//
//go:embed openapi.yaml
var OpenAPI []byte
