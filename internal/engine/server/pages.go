package server

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// Explorer says who can see the contract, the explorer and the start page. Its zero value means ExplorerOff.
type Explorer string

const (
	// ExplorerOff shows them to nobody: the response is 404.
	ExplorerOff Explorer = "off"
	// ExplorerOn shows them to everybody.
	ExplorerOn Explorer = "on"
	// ExplorerSignedIn shows the contract to clients with a token. The pages are public, because a browser loads them without a
	// token. They contain the title and the names of the client packages, and otherwise nothing about the API.
	ExplorerSignedIn Explorer = "signed-in"
)

// registerPages adds the routes that are not in the contract: the contract itself, the explorer and the start page.
func (s *Server) registerPages(app App, contract *spec.Contract, verify spec.Verifier) error {
	caching, guard := "no-cache", admitAll
	switch s.config.Explorer {
	case "", ExplorerOff:
		return nil
	case ExplorerOn:
	case ExplorerSignedIn:
		if verify == nil {
			return errors.New("server: the contract has no bearer tokens of accounts, so nobody can sign in to the explorer; use on or off")
		}
		caching, guard = "private, no-cache", admitCallers(verify)
	default:
		return fmt.Errorf("server: unknown explorer mode %q: want off, on or signed-in", s.config.Explorer)
	}
	// Relative to the document, so that they are correct behind a proxy that strips a prefix.
	beside, above := cmp.Or(s.config.PublicURL, "."), cmp.Or(s.config.PublicURL, "..")
	served, err := contract.WithServer(beside)
	if err != nil {
		return err
	}
	servedBelow, err := contract.WithServer(above)
	if err != nil {
		return err
	}
	plain, err := served.Plain()
	if err != nil {
		return err
	}
	source, err := contract.YAMLWithServer(app.OpenAPI, beside)
	if err != nil {
		return err
	}
	middleware := []echo.MiddlewareFunc{guard}
	if s.compression != nil {
		middleware = append(middleware, s.compression.compress)
	}
	get(s.echo, "/openapi.json", page("application/json", caching, served.Document()), middleware...)
	get(s.echo, "/explorer/openapi.json", page("application/json", caching, servedBelow.Document()), middleware...) // where LoopBack has it
	get(s.echo, "/openapi.yaml", page("application/yaml", caching, source), middleware...)
	get(s.echo, "/openapi.plain.json", page("application/json", caching, plain), middleware...)
	if app.Explorer == nil {
		return nil
	}
	pages, err := app.Explorer(contract.Title(), contract.Name(), contract.BasePath())
	if err != nil {
		return err
	}
	for _, path := range []string{"/", "/explorer", "/explorer/*"} {
		if path != "/" || s.startPage {
			get(s.echo, path, echo.WrapHandler(pages))
		}
	}
	return nil
}

func admitAll(next echo.HandlerFunc) echo.HandlerFunc { return next }

// admitCallers admits requests that the verifier authenticates, and responds to others with 401.
func admitCallers(verify spec.Verifier) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if _, err := verify(c.Request()); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// page serves content that does not change while the process runs.
func page(contentType, caching string, content []byte) echo.HandlerFunc {
	etag := fmt.Sprintf("\"%x\"", sha256.Sum256(content))
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Type", contentType)
		h.Set("ETag", etag)
		h.Set("Cache-Control", caching)
		http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(content))
		return nil
	}
}
