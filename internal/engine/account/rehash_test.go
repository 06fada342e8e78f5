package account_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// Whoever has the right password is not refused because somebody else has signed in with it at the same moment,
// which has kept it in another form.
func TestRehashedMeanwhile(t *testing.T) {
	t.Parallel()
	change := `{"old_password":"` + testkit.Password + `","new_password":"battery staple"}`
	for name, tt := range map[string]struct {
		do   func(t *testing.T, a *testkit.API, token string) (status int)
		want int
	}{
		"sign-in": {func(t *testing.T, a *testkit.API, _ string) int {
			return signIn(t, a, "ann", testkit.Password).status
		}, 200},
		"change of the password": {func(_ *testing.T, a *testkit.API, token string) int {
			return a.Do("PUT", "/users/me/password", token, change).StatusCode
		}, 204},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, backend := newHooked(t)
			token := a.SignIn("ann").Access
			plain := struct { // of testkit.Password, made by libcrypt
				Hash string `json:"hash"`
			}{"$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"}
			secrets := store.CollectionOf[struct{}](a.Store, "UserCredentials")
			if _, _, err := secrets.Replace(t.Context(), a.ID("ann"), plain, store.Any); err != nil {
				t.Fatal(err)
			}
			other := 0
			backend.once("Update user_credentials", func() error {
				other = signIn(t, a, "ann", testkit.Password).status
				return nil
			})
			want(t, name, tt.do(t, a, token), tt.want)
			want(t, "the other", other, 200)
		})
	}
}
