// Command verifiers verifies tokens with Go's libraries. It prints a line for each: library, version, and "yes" or why the good token is
// refused.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/coreos/go-oidc/v3/oidc"
)

type cases struct {
	Issuer, Audience, Client, Sub, Good string
	Bad                                 map[string]string
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var c cases
	if err := json.Unmarshal(text, &c); err != nil {
		panic(err)
	}
	info, _ := debug.ReadBuildInfo()
	for _, m := range info.Deps {
		if m.Path == "github.com/coreos/go-oidc/v3" {
			fmt.Printf("go-oidc\t%s\t%s\n", m.Version[1:], result(context.Background(), c))
		}
	}
}

func result(ctx context.Context, c cases) string {
	provider, err := oidc.NewProvider(ctx, c.Issuer)
	if err != nil {
		return "no: " + err.Error()
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: c.Audience})
	token, err := verifier.Verify(ctx, c.Good)
	if err != nil {
		return "no: " + err.Error()
	}
	var claims struct {
		ClientID string `json:"client_id"`
	}
	if err := token.Claims(&claims); err != nil || token.Subject != c.Sub || claims.ClientID != c.Client {
		panic(fmt.Sprint(err, token, claims))
	}
	for name, bad := range c.Bad {
		if _, err := verifier.Verify(ctx, bad); err == nil {
			return "ACCEPTED A TOKEN: " + name
		}
	}
	if _, err := provider.Verifier(&oidc.Config{ClientID: "elsewhere"}).Verify(ctx, c.Good); err == nil {
		return "ACCEPTED A TOKEN: another audience"
	}
	return "yes"
}
