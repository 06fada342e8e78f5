package account_test

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// A property that the contract adds to UserInput and User is stored, required and unique without a line of Go.
func TestExtendedAccounts(t *testing.T) {
	t.Parallel()
	text := string(newsdesk.OpenAPI)
	for _, edit := range [][2]string{
		{"example: {email: ann@example.com, password: correct horse}\n      responses:\n        '200':\n          description: The account", "example: {email: ann@example.com, password: correct horse, username: ann}\n      responses:\n        '200':\n          description: The account"},
		{"x-collection: {name: users, indexes: [{fields: [email], unique: true}]}", "x-collection: {name: users, indexes: [{fields: [email], unique: true}, {fields: [username], unique: true}]}"},
		{"      required: [email, password]\n      properties:\n        email: {type: string, format: email,", "      required: [email, password, username]\n      properties:\n        username: {type: string, minLength: 2, maxLength: 30}\n        email: {type: string, format: email,"},
		{"      required: [id, email, date_created]\n      properties:\n", "      required: [id, email, date_created]\n      properties:\n        username: {type: string, maxLength: 30}\n"},
	} {
		if !strings.Contains(text, edit[0]) {
			t.Fatalf("the contract has no %q any more", edit[0])
		}
		text = strings.Replace(text, edit[0], edit[1], 1)
	}
	for schema, lines := range map[string]string{
		"PartialUser": "        username: {type: string, maxLength: 30}\n",
		"UserWhere":   "        username: {$ref: '#/components/schemas/StringCondition'}\n",
	} {
		before, after, found := strings.Cut(text, "    "+schema+":\n")
		head, rest, also := strings.Cut(after, "      properties:\n")
		if !found || !also {
			t.Fatalf("the contract has no schema %s with properties any more", schema)
		}
		text = before + "    " + schema + ":\n" + head + "      properties:\n" + lines + rest
	}
	text = strings.Replace(text, "            email: {type: boolean}\n", "            email: {type: boolean}\n            username: {type: boolean}\n", 1)
	text = strings.Replace(text, "UserProperty: {type: string, enum: [id, email,", "UserProperty: {type: string, enum: [id, email, username,", 1)
	text = strings.ReplaceAll(text, "(id|email|name|disabled|date_created)", "(id|email|username|name|disabled|date_created)")
	contract, err := spec.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := contract.ValidateSchema("UserInput", map[string]string{"email": "ann@example.com", "password": testkit.Password}); err == nil {
		t.Error("a sign-up without the required username is valid")
	}
	a := apptest.NewOf(t, []byte(text))
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
