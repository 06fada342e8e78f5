# What a developer needs. CI needs more: .ci/ci.mk.
.DEFAULT_GOAL := help
.PHONY: help run dev generate build test check race fuzz coverage contract bench find
include .ci/ci.mk

help: ## list these targets; CI and releases use more, in .ci/ci.mk
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: ## serve on 127.0.0.1:3000, with data in ./data
	go run ./cmd/newsdesk

dev: ## serve; regenerate, rebuild and restart when a source file changes
	.ci/dev

generate: ## complete openapi.yaml, and generate code from it
	go generate ./...

BINARY ?= bin/newsdesk
build: ## build one static binary, bin/newsdesk
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o $(BINARY) ./cmd/newsdesk

test: ## run all tests; they need nothing but Go
	go test ./...

check: ## check generated code, go.mod, gofmt, vet and staticcheck
	go generate ./...
	git diff --exit-code -- openapi.yaml gen client/operations.gen.go internal/engine/testapp examples internal/engine/foreignapp
	test -z "$$(git ls-files --others --exclude-standard -- gen)"
	go mod tidy -diff
	test -z "$$(gofmt -l $$(git ls-files '*.go' | grep -v '\.gen\.go$$'))"
	go vet ./...
	go vet -tags browser ./web/explorer
	go tool staticcheck ./...
	CGO_ENABLED=0 GOOS=windows go vet ./cmd/newsdesk ./internal/engine/cli ./internal/engine/store/sqlite ./internal/engine/auth

race: ## run the tests with the race detector and fewer random cases (needs a C compiler)
	go test -race -short ./...

FUZZTIME ?= 10s
fuzz: ## run every fuzz target for FUZZTIME
	@targets=$$(git grep --untracked -oE 'Fuzz[A-Za-z0-9]+\(f' -- '*_test.go') && for target in $$targets; do \
	  name=$${target#*:}; go test -run '^$$' -fuzz "^$${name%(f}\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$${target%/*}" || exit 1; \
	done

coverage: ## list what of the contract the tests have not covered; fails if there is something
	go run ./cmd/coverage

contract: coverage # its name until version 0.3.0

bench: ## compare GET, list and POST with a bare net/http handler on the same store
	go test -run '^$$' -bench 'News$$' -count 5 ./internal/news

find: ## list all places of an operation: make find op=createNews
	@test -n "$(op)" || { echo 'say which: make find op=createNews'; exit 2; }
	@git grep --untracked -niwE '$(op)|test$(op)' -- openapi.yaml internal ':!*.gen.go'
