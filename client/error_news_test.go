package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/client"
)

func TestErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	for _, tt := range []struct {
		name    string
		call    func(...client.RequestEditor) error
		want    client.Error
		details int
	}{
		{"not found", func(e ...client.RequestEditor) error { _, err := c.GetNews(t.Context(), "7", e...); return err },
			client.Error{Method: "GET", Path: "/news/7", Status: 404, Code: "ENTITY_NOT_FOUND"}, 0},
		{"a body that breaks its schema", func(e ...client.RequestEditor) error {
			_, err := c.CreateNews(t.Context(), client.NewsInput{}, e...)
			return err
		}, client.Error{Method: "POST", Path: "/news", Status: 422, Code: "VALIDATION_FAILED"}, 2},
		{"a change of nothing", func(e ...client.RequestEditor) error {
			_, err := c.UpdateAllNews(t.Context(), client.NewsWhere.Title.Eq("Go"), client.NewsPatch{}, e...)
			return err
		}, client.Error{Method: "PATCH", Path: "/news", Status: 422, Code: "VALIDATION_FAILED"}, 1},
		{"somebody without the scope", func(e ...client.RequestEditor) error {
			for _, err := range c.FindUsers(t.Context(), client.UserFilter{}, e...) {
				return err
			}
			return nil
		}, client.Error{Method: "GET", Path: "/users", Status: 403}, 0},
		{"a taken address", func(e ...client.RequestEditor) error {
			_, err := c.SignUp(t.Context(), client.UserInput{Email: email, Password: password}, e...)
			return err
		}, client.Error{Method: "POST", Path: "/signup", Status: 409, Code: "DUPLICATE_ENTRY"}, 1},
	} {
		for shape, editors := range map[string][]client.RequestEditor{"LoopBack's": nil, "RFC 9457's": {acceptProblem}} {
			err := tt.call(editors...)
			e, ok := errors.AsType[*client.Error](err)
			if !ok {
				t.Errorf("%s, %s: %v", tt.name, shape, err)
				continue
			}
			got := client.Error{Method: e.Method, Path: e.Path, Status: e.Status, Code: e.Code}
			if got.Method != tt.want.Method || got.Path != tt.want.Path || got.Status != tt.want.Status ||
				tt.want.Code != "" && got.Code != tt.want.Code || len(e.Details) != tt.details || e.Message == "" || e.Name == "" ||
				e.RequestID == "" {
				t.Errorf("%s, %s: %+v", tt.name, shape, e)
			}
			for _, part := range []string{e.Method + " " + e.Path, e.Message, e.RequestID} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s, %s: %q lacks %q", tt.name, shape, err, part)
				}
			}
		}
	}
}

// No error contains a token, a password or a value of a filter, whether the connection fails or the server rejects the request.
func TestErrorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var saved client.Tokens
	c := w.ann(t, client.OnTokens(func(now client.Tokens) { saved = now }))
	secrets := []string{saved.Access, saved.Refresh, password, "wanted"}
	for _, answer := range []func(http.ResponseWriter, *http.Request) bool{
		func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
		func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusForbidden); return true },
		func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusUnauthorized); return true },
	} {
		w.intercept(answer)
		var errs []error
		errs = append(errs, c.SignIn(t.Context(), email, password), c.Refresh(t.Context()))
		_, err := c.CountNews(t.Context(), client.NewsWhere.Title.Eq("wanted"))
		errs = append(errs, err, c.SignOut(t.Context()))
		for i, err := range errs {
			if err == nil && i < len(errs)-1 { // the session may have ended already
				t.Fatal("no error")
			}
			for _, secret := range secrets {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("%v contains %q", err, secret)
				}
			}
		}
	}
}

func acceptProblem(_ context.Context, r *http.Request) error {
	r.Header.Set("Accept", "application/problem+json")
	return nil
}
