# Everything here is also a plain go command; the README names those that a newcomer needs.
.DEFAULT_GOAL := help
.PHONY: help run dev generate build check lint gosec compat vulnerabilities test race fuzz coverage schemathesis test-mongo test-browser clients clients-check bench fair find dist
TOOL = go tool -modfile=.ci/tools/go.mod

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## serve on 127.0.0.1:3000, with its data in ./data
	go run ./cmd/newsdesk

dev: ## serve, and generate, build and start again when a source file changes
	.ci/dev

generate: ## make the code that follows from openapi.yaml
	go generate ./...

BINARY ?= bin/newsdesk
build: ## one static binary, bin/newsdesk
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o $(BINARY) ./cmd/newsdesk

dist: ## what a release has, in ./dist: a binary for each platform with its SBOM, and their checksums
	.ci/dist

check: ## generated code is fresh, the module tidy, gofmt, vet and staticcheck are clean
	go generate ./...
	git diff --exit-code -- gen client/operations.gen.go
	test -z "$$(git ls-files --others --exclude-standard -- gen)"
	go mod tidy -diff
	test -z "$$(gofmt -l $$(git ls-files '*.go' | grep -v '\.gen\.go$$'))"
	go vet ./...
	go vet -tags browser ./web/explorer
	go tool staticcheck ./...
	CGO_ENABLED=0 GOOS=windows go vet ./cmd/newsdesk ./internal/engine/cli ./internal/engine/store/sqlite ./internal/engine/auth

lint: ## linters of the contract, workflows, scripts and the Dockerfile are clean (needs Node, Python and shellcheck)
	npm ci --silent --prefix .ci/tools
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true .ci/tools/node_modules/.bin/redocly lint --config .ci/redocly.yaml openapi.yaml
	$(TOOL) actionlint
	shellcheck $$(git grep -lE '^#!.*sh$$')
	python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --require-hashes --target bin/hadolint --upgrade -r .ci/tools/requirements.txt
	bin/hadolint/bin/hadolint Dockerfile

# gosec: G304 is about opening a file that a variable names: here, what the command line names. Left out is what only developers run.
gosec: ## the code has none of the patterns that gosec warns of
	$(TOOL) gosec -quiet -exclude-generated -exclude=G304 $(addprefix -exclude-dir=,cmd/scaffold cmd/coverage internal/engine/store/storetest internal/engine/store/mongo/ferret) ./...

compat: ## what changed in the contract since the last release; fails when its version should have moved further
	@.ci/compat

VULNDB ?= https://vuln.go.dev
vulnerabilities: ## the program calls no code with a known vulnerability
	$(TOOL) govulncheck -db $(VULNDB) ./...

test: ## all tests that need nothing but Go
	go test ./...

race: ## the same under the race detector, with fewer random cases (needs a C compiler)
	go test -race -short ./...

FUZZTIME ?= 10s
fuzz: ## every fuzz target for FUZZTIME
	@targets=$$(git grep --untracked -oE 'Fuzz[A-Za-z0-9]+\(f' -- '*_test.go') && for target in $$targets; do \
	  name=$${target#*:}; go test -run '^$$' -fuzz "^$${name%(f}\$$" -fuzztime $(FUZZTIME) "./$${target%/*}" || exit 1; \
	done

coverage: ## what of the contract the tests have seen, in both forms of errors; fails when something is missing
	go run ./cmd/coverage

contract: coverage

schemathesis: ## Schemathesis (Python) against the running server, on SQLite and on MongoDB: that of MONGODB_TEST_URI, or the stand-in
	$(if $(MONGODB_TEST_URI),,internal/engine/store/mongo/ferret/run --) .ci/schemathesis

test-mongo: ## the MongoDB store and the whole API on it, against a wire-protocol server that this builds
	internal/engine/store/mongo/ferret/run

test-browser: ## the explorer in a real Chromium (needs npm for axe-core); pictures go to ./screenshots
	mkdir -p screenshots
	npm ci --prefix web/explorer --ignore-scripts --no-audit --no-fund --silent
	NEWSDESK_SCREENSHOTS=$(CURDIR)/screenshots go test -count=1 -timeout 20m -tags browser ./web/explorer

clients: ## the TypeScript client in client/ts (needs Node): its types from openapi.yaml, and dist
	test -d client/ts/node_modules || npm --prefix client/ts ci
	npm --prefix client/ts run generate
	npm --prefix client/ts run build

clients-check: ## what common generators make of openapi.yaml, at work (needs Go, Node, Python, Java, Maven, PHP, Ruby)
	.ci/clients-check

bench: ## GET, list and POST against a bare net/http handler on the same store
	go test -run '^$$' -bench 'News$$' -count 5 ./internal/news

fair: ## what an account waits for beside one that does its worst, for each attack of docs/scaling.md
	go test -run '^$$' -bench Fair -v ./internal/news

find: ## where an operation is: make find op=createNews
	@test -n "$(op)" || { echo 'say which: make find op=createNews'; exit 2; }
	@git grep --untracked -niwE '$(op)|test$(op)' -- openapi.yaml internal ':!*.gen.go'
