# What CI and a release need; included by the Makefile, so that each is also "make TARGET".
.PHONY: lint gosec compat vulnerabilities schemathesis test-mongo test-browser clients clients-check fair dist
TOOL = go tool -modfile=.ci/tools/go.mod

lint: ## lint the contract, workflows, scripts and the Dockerfile (needs Node, Python and shellcheck)
	npm ci --silent --prefix .ci/tools
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true .ci/tools/node_modules/.bin/redocly lint --config .ci/redocly.yaml openapi.yaml
	$(TOOL) actionlint
	shellcheck $$(git grep -lE '^#!.*sh$$')
	python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --require-hashes --target bin/hadolint --upgrade -r .ci/tools/requirements.txt
	bin/hadolint/bin/hadolint Dockerfile

# G304 is about opening a file that a variable names: here, one that the command line names. Code that only developers run is excluded.
gosec: ## search the code for insecure patterns
	$(TOOL) gosec -quiet -exclude-generated -exclude=G304 $(addprefix -exclude-dir=,cmd/scaffold internal/engine/generate internal/engine/scaffold cmd/coverage internal/engine/store/storetest internal/engine/store/mongo/ferret) ./...

compat: ## list the changes of the contract since the last release; fails if its version must be raised further
	@.ci/compat

VULNDB ?= https://vuln.go.dev
vulnerabilities: ## check that the program calls no code with a known vulnerability
	$(TOOL) govulncheck -db $(VULNDB) ./...

schemathesis: ## run Schemathesis (Python) against the server, on SQLite and on MongoDB: that of MONGODB_TEST_URI, or the stand-in
	$(if $(MONGODB_TEST_URI),,internal/engine/store/mongo/ferret/run --) .ci/schemathesis

test-mongo: ## test the MongoDB store, and the API on it, with a wire-protocol server that this builds
	internal/engine/store/mongo/ferret/run

test-browser: ## test the explorer in Chromium (needs npm for axe-core); screenshots are in ./screenshots
	mkdir -p screenshots
	npm ci --prefix web/explorer --ignore-scripts --no-audit --no-fund --silent
	NEWSDESK_SCREENSHOTS=$(CURDIR)/screenshots go test -count=1 -timeout 20m -tags browser ./web/explorer

clients: ## generate the types of the TypeScript client in client/ts and build it (needs Node)
	test -d client/ts/node_modules || npm --prefix client/ts ci
	npm --prefix client/ts run generate
	npm --prefix client/ts run build

clients-check: ## test the clients that common generators make (needs Go, Node, Python, Java, Maven, PHP, Ruby)
	.ci/clients-check

fair: ## measure what other accounts wait for beside each attack in docs/scaling.md
	go test -run '^$$' -bench Fair -v ./internal/news

dist: ## build the files of a release in ./dist: a binary for each platform with its SBOM, and checksums
	.ci/dist
