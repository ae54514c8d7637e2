# The commands that a person remembers. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Everything that tests fetch or build once lies here, outside of the checkout.
export BATTEN_TESTKIT ?= $(HOME)/.cache/batten-testkit
export BATTEN_SHARED ?= $(abspath $(CURDIR)/../shared)
export CARGO_TERM_COLOR ?= auto
REPORT ?= batten-report.html
BATTEN := target/release/batten

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

.PHONY: run
run: build ## build, scan this machine, print the table and write an HTML report (REPORT=…)
	$(BATTEN) scan host --also html=$(REPORT)
	@printf '\nThe same as a page: %s\n' "$(abspath $(REPORT))"

.PHONY: build
build: deps ## the release binary, target/release/batten
	cargo build --release --locked -p batten

.PHONY: deps
deps: ## install what the build needs
	scripts/build-deps.sh

.PHONY: test-tools
test-tools: deps ## install what the tests need (system packages, peers, schemas)
	scripts/test-tools.sh

.PHONY: test
test: test-tools ## every check: format, lints, tests, acceptance, fuzzing, documentation, licences
	scripts/check.sh

.PHONY: test-full
test-full: test-tools ## the same at full size: long fuzzing and the large image
	BATTEN_FULL=1 scripts/check.sh

.PHONY: accept-scan
accept-scan: build ## the acceptance story of `batten scan`; its last line is one JSON object
	@cargo run -q --locked -p xtask -- accept-scan $(if $(BATTEN_FULL),--full)

.PHONY: bench
bench: test-tools build ## compare with the tools that Batten replaces; writes docs/benchmarks.md
	cargo run -q --locked --release -p xtask -- bench

.PHONY: bench-image
bench-image: ## make the large image that the benchmarks scan
	cargo run -q --locked -p xtask -- bench-image

.PHONY: fuzz
fuzz: ## run every fuzz target for a short time (SECONDS_EACH=…)
	scripts/fuzz.sh $(or $(SECONDS_EACH),5)

.PHONY: starter
starter: build ## renew the starter database from $(BATTEN_SHARED)/data
	scripts/starter.sh

.PHONY: clean
clean: ## remove what the build made
	cargo clean
