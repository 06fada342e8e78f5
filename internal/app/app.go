// Package app holds what the application's resources share.
package app

import "github.com/newsdesk-api/newsdesk/internal/engine"

// App is handed to the New of every resource, by value. Its parts are safe for concurrent use.
// What several resources of an application share is a field here, made in New.
type App struct {
	engine.Services
}

// New returns the application on the engine's services.
func New(s engine.Services) App { return App{s} }
