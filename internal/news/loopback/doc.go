// Package loopback tests the compatibility with LoopBack 4: it sends every recorded request to the server and compares the responses.
//
// testdata contains the table, one JSON object per line: a request, the response of a LoopBack 4 app, and a verdict, which is "same", or
// "better: " with the reason. docs/loopback.md is generated from it. `go test ./internal/news/loopback -update` writes the server's side
// of the table and the document; it never changes a verdict.
package loopback
