package auth

import "testing"

func BenchmarkIssue(b *testing.B) {
	for _, key := range allKeys() {
		b.Run(key.Algorithm(), func(b *testing.B) {
			tokens := atNoon(key)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := tokens.Issue(ann("news:read", "news:write")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerifyFirst(b *testing.B) {
	for _, key := range allKeys() {
		b.Run(key.Algorithm(), func(b *testing.B) { benchmarkVerify(b, key, true) })
	}
}

func BenchmarkVerifyRemembered(b *testing.B) { benchmarkVerify(b, edKey(), false) }

func benchmarkVerify(b *testing.B, key *Key, forget bool) {
	tokens := atNoon(key)
	token, _, err := tokens.Issue(TokenRequest{
		Subject: "019a0000-0000-7000-8000-000000000000", Session: "019a0000-0000-7000-8000-000000000001",
		Scopes: []string{"news:read", "news:write"},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if forget {
			tokens.remembered.Purge()
		}
		if _, err := tokens.Verify(token); err != nil {
			b.Fatal(err)
		}
	}
}
