package account_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// Addresses and names have one form, whoever makes the account.
func TestCreateInForm(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	id, err := a.Accounts.Create(t.Context(), account.NewAccount{Email: " Info@D\u00d6m\u00e4in.com\n", Password: testkit.Password})
	users := store.CollectionOf[api.User](a.Store, "User")
	made, _, lookup := users.Get(t.Context(), id)
	if err := errors.Join(err, lookup); err != nil || made.Email != "info@xn--dmin-moa0i.com" {
		t.Errorf("created %+v, %v", made, err)
	}
	if _, err = a.Accounts.Create(t.Context(), account.NewAccount{Email: "a@b", Password: testkit.Password}); fault.KindOf(
		err) != fault.Invalid {
		t.Errorf("an invalid address: %v", err)
	}
	token := a.SignIn("ann").Access
	want(t, "an invisible name", a.Do("PATCH", "/users/me", token, `{"name":"\u200b"}`).StatusCode, http.StatusUnprocessableEntity)
	want(t, "a name", a.Do("PATCH", "/users/me", token, `{"name":" Ann\u00a0Smith "}`).StatusCode, http.StatusNoContent)
	me, _, err := users.Get(t.Context(), a.ID("ann"))
	if err != nil || me.Name == nil || *me.Name != "Ann Smith" {
		t.Errorf("ann is %+v, %v", me, err)
	}
}

// Accounts from before addresses had one form keep working, and get it where nobody else has it.
func TestCanonicalize(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	users := store.CollectionOf[account.User](a.Store, "User")
	for name, email := range map[string]string{"eve": " eve@example.com", "bob": "bob@d\u00f6m\u00e4in.com", "cy": "cy@b",
		"dan": " ann@example.com", "fay": "gus@EXAMPLE.org ", "gus": " gus@example.org"} {
		a.PlantIn("User", a.ID(name), "email", email)
	}
	a.ID("ann")
	a.PlantIn("User", a.ID("bob"), "name", " Zoe\u0308 ")
	a.PlantIn("User", a.ID("eve"), "name", "Eve\u202e")
	signedIn := func(when string) {
		t.Helper()
		for _, email := range []string{" eve@example.com", "bob@d\u00f6m\u00e4in.com", "cy@b", " ann@example.com", "ann@example.com"} {
			body := `{"email":"` + email + `","password":"` + testkit.Password + `"}`
			want(t, email+" "+when, a.Do("POST", "/signin", "", body).StatusCode, http.StatusOK)
		}
	}
	signedIn("before")
	foreseen, err := account.NotCanonical(t.Context(), a.Store)
	if err != nil {
		t.Error(err)
	}
	kept, err := a.Accounts.Canonicalize(t.Context())
	if err != nil || len(kept) != 4 {
		t.Errorf("kept are %q, %v; want cy's, which is no address, dan's, which is ann's, one of two that are the same, and eve's name",
			kept, err)
	}
	if !slices.Equal(foreseen, kept) {
		t.Errorf("foreseen was %q, kept are %q", foreseen, kept)
	}
	if again, err := account.NotCanonical(t.Context(), a.Store); err != nil || !slices.Equal(again, kept) {
		t.Errorf("kept are %q afterwards (%v), want %q", again, err, kept)
	}
	signedIn("after")
	names := store.CollectionOf[struct{ Name string }](a.Store, "User")
	for name, want := range map[string]string{"bob": "Zo\u00eb", "eve": "Eve\u202e"} {
		if u, _, err := names.Get(t.Context(), a.ID(name)); err != nil || u.Name != want {
			t.Errorf("%s is called %q, %v; want %q", name, u.Name, err, want)
		}
	}
	for name, want := range map[string]string{"eve": "eve@example.com", "bob": "bob@xn--dmin-moa0i.com", "cy": "cy@b",
		"dan": " ann@example.com"} {
		if u, _, err := users.Get(t.Context(), a.ID(name)); err != nil || u.Email != want {
			t.Errorf("%s has %q, %v; want %q", name, u.Email, err, want)
		}
	}
}
