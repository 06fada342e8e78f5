package account_test

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// A property that the contract adds to UserInput and User is stored, required and unique without a line of Go.
func TestExtendedAccounts(t *testing.T) {
	t.Parallel()
	app := testapp.App()
	text := string(app.OpenAPI)
	for _, edit := range []struct{ after, old, text string }{
		{"operationId: signUp\n", "password: correct horse}", "password: correct horse, username: ann}"},
		{"    User:\n", "indexes: [{fields: [email], unique: true}]",
			"indexes: [{fields: [email], unique: true}, {fields: [username], unique: true}]"},
		{"    User:\n", "      properties:\n", "      properties:\n        username: {type: string, maxLength: 30}\n"},
		{"    PartialUser:\n", "      properties:\n", "      properties:\n        username: {type: string, maxLength: 30}\n"},
		{"    UserInput:\n", "required: [email, password]", "required: [email, password, username]"},
		{"    UserInput:\n", "      properties:\n", "      properties:\n        username: {type: string, minLength: 2, maxLength: 30}\n"},
	} {
		before, rest, found := strings.Cut(text, edit.after)
		if !found || !strings.Contains(rest, edit.old) {
			t.Fatalf("the contract has no %q after %q any more", edit.old, edit.after)
		}
		text = before + edit.after + strings.Replace(rest, edit.old, edit.text, 1)
	}
	contract, err := spec.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := contract.ValidateSchema("UserInput", map[string]string{"email": "ann@example.com",
		"password": testkit.Password}); err == nil {
		t.Error("a sign-up without the required username is valid")
	}
	app.OpenAPI = []byte(text)
	a := testkit.New(t, app)
	create := func(email string) (string, error) {
		n, err := account.Input(map[string]string{"email": email, "password": testkit.Password, "username": "ann"})
		if err != nil {
			t.Fatal(err)
		}
		return a.Accounts.Create(t.Context(), n)
	}
	id, err := create("ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	type user struct {
		Username string `json:"username"`
	}
	if stored, _, err := store.CollectionOf[user](a.Store, "User").Get(t.Context(), id); err != nil || stored.Username != "ann" {
		t.Errorf("stored %+v, %v", stored, err)
	}
	if _, err := create("bob@example.com"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a taken username: %v", err)
	}
}
