package spec

import "testing"

// A contract may be anybody's: reading it, and making requests from it, ends.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(document("security: []")))
	f.Add([]byte(document("security: []", "requestBody: {content: {application/json: {schema: {type: object, properties: {a: {type: array, items: {oneOf: [{type: integer, minimum: 1}, {type: string, pattern: a}]}}}}}}}")))
	f.Fuzz(func(t *testing.T, document []byte) {
		c, err := Load(document)
		if err != nil {
			return
		}
		for _, op := range c.Operations() {
			valid, err := op.Sample(map[string]string{"email": "probe@example.com", "username": "probe@example.com"})
			if err != nil {
				continue
			}
			if cases := op.Cases(valid); len(cases) == 0 || len(cases) > maxCases || !cases[0].Valid {
				t.Errorf("%s: %d cases", op.ID, len(cases))
			}
		}
		_ = c.Features()
	})
}
