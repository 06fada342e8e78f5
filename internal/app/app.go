// Package app contains what the application's resources share.
package app

import "github.com/newsdesk-api/newsdesk/internal/engine"

// App is passed to the New of every resource, by value. Its fields are safe for concurrent use. A field that several resources of an
// application share belongs here; New sets it.
type App struct {
	engine.Services
}

// New returns the application on the engine's services.
func New(s engine.Services) App { return App{s} }
