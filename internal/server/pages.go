package server

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk"
	"github.com/newsdesk-api/newsdesk/internal/spec"
	"github.com/newsdesk-api/newsdesk/web/explorer"
)

// registerPages routes what is not in the contract: the contract itself, the explorer and the start page.
func (s *Server) registerPages(contract *spec.Contract) error {
	pages, err := explorer.Handler()
	if err != nil {
		return err
	}
	jsonPage, yamlPage := page("application/json", contract.Document()), page("application/yaml", newsdesk.OpenAPI)
	routes := router{s.echo}
	routes.GET("/openapi.json", jsonPage)
	routes.GET(explorer.Path+"openapi.json", jsonPage) // where LoopBack has it
	routes.GET("/openapi.yaml", yamlPage)
	for _, path := range []string{"/", "/explorer", explorer.Path + "*"} {
		routes.GET(path, echo.WrapHandler(pages))
	}
	return nil
}

// page serves bytes that do not change while the process runs.
func page(contentType string, content []byte) echo.HandlerFunc {
	etag := fmt.Sprintf("\"%x\"", sha256.Sum256(content))
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Type", contentType)
		h.Set("ETag", etag)
		h.Set("Cache-Control", "no-cache")
		http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(content))
		return nil
	}
}
