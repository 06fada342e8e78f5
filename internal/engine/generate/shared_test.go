package generate

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// shared is a contract whose operations share parts by aliases and merge keys.
const shared = `openapi: 3.0.3
info: {title: Shared, version: "1"}
x-limits: {body: 1MiB, deadline: 10s}
x-common: &common
  tags: [things]
  security: [{key: [], basic: []}]
paths:
  /things/{id}:
    parameters: &parameters
      - {name: id, in: path, required: true, schema: &text {type: string}}
    get:
      <<: *common
      operationId: getThing
      responses: &responses
        '200': {description: The thing}
    delete:
      <<: *common
      operationId: deleteThing
      responses: *responses
    post:
      <<: [*common, {operationId: hidden}]
      operationId: changeThing
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {<<: *text, maxLength: 9}}}}}}
      responses:
        '204': {description: Done}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
`

func TestCompleteShared(t *testing.T) {
	t.Parallel()
	completed := complete(t, shared)
	contract, err := spec.Load([]byte(completed))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"getThing": "200 400 401 403 404 503", "deleteThing": "200 400 401 403 404 503",
		"changeThing": "204 400 401 403 404 413 415 422 503", // callers of the two schemes may differ: 403
	} {
		if got := strings.Join(contract.ByID(id).Statuses(), " "); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	if again := complete(t, completed); again != completed {
		t.Errorf("completed again:\n%s", again)
	}
	if back, err := Strip([]byte(completed)); err != nil || string(back) != shared {
		t.Errorf("stripped: %v\n%s", err, back)
	}
	alias := strings.Replace(shared, "      responses:\n        '204': {description: Done}\n", "      responses: *responses\n", 1)
	if _, err := Complete([]byte(alias)); err == nil || !strings.Contains(err.Error(), "line 24: the responses of POST /things/{id}") ||
		!strings.Contains(err.Error(), "413, 415, 422 cannot be added; write them out") {
		t.Errorf("an alias that needs more: %v", err)
	}
}
