// Package loopback holds Newsdesk to LoopBack 4: its test sends every recorded request to our server and compares the answers.
//
// The table is in testdata, one JSON object a line: a request, what a LoopBack 4 app answered, and a verdict, "same" or
// "better: " with the reason. docs/loopback.md is made from it. `go test ./internal/news/loopback -update` writes our side of the
// table and the document anew; it never changes a verdict.
package loopback
