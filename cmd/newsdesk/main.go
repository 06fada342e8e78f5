// Command newsdesk serves the API that openapi.yaml describes.
package main

import "github.com/newsdesk-api/newsdesk/internal/engine/cli"

func main() { cli.Main() }
