# Debian 12 or 13, or Ubuntu, with a Swift 6 toolchain. Each target installs what is missing first.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
DEMO_DIR ?= .build/demo
SWIFT_FILES := Package.swift Sources Tests
# An import that Package.swift does not allow is an error.
SWIFT_STRICT := --explicit-target-dependency-import-check error
BINARY := .build/release/envlock

# Headers of libarchive, libcurl and ISA-L, which are loaded at run time; libcrypto, libdeflate, zlib, libzstd and
# libyaml, which are linked in; certificates of authorities; gpgv, which verifies Debian's archive.
BUILD_PACKAGES := libarchive-dev libcurl4-openssl-dev libisal-dev libdeflate-dev libssl-dev libyaml-dev \
  libzstd-dev zlib1g-dev ca-certificates gpgv
# Knows the default wheel index where nothing else is configured.
DEMO_PACKAGES := python3-pip-whl

# $(call install,PACKAGES): what is there already costs no rights and no network.
define install
missing=(); \
for package in $(1); do \
  dpkg-query -W -f '$${db:Status-Status}\n' "$$package" 2>/dev/null | grep -qx installed || missing+=("$$package"); \
done; \
if (( $${#missing[@]} )); then \
  if ! command -v apt-get >/dev/null; then echo "install what corresponds to: $${missing[*]}" >&2; exit 1; fi; \
  root=(); if (( EUID != 0 )); then root=(sudo); fi; \
  "$${root[@]}" apt-get update -qq; \
  DEBIAN_FRONTEND=noninteractive "$${root[@]}" apt-get install -y -qq --no-install-recommends "$${missing[@]}" >/dev/null; \
fi
endef

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/: .*## /\t/' | expand -t 16

.PHONY: demo
demo: release ## Resolve a real PyTorch environment and show what it needs
	@$(call install,$(DEMO_PACKAGES))
	@mkdir -p $(DEMO_DIR)
	$(BINARY) resolve torch==2.9.1 --python 3.11 --output $(DEMO_DIR)/envlock.lock
	$(BINARY) tree --depth 1 --lock $(DEMO_DIR)/envlock.lock

.PHONY: release
release: packages ## Build the program as it ships: the Swift library linked in, no symbols
	swift build -c release --static-swift-stdlib --product envlock -Xlinker -s -Xswiftc -cross-module-optimization

.PHONY: test
test: packages consumer ## Run every test; needs no network
	swift test $(SWIFT_STRICT) --disable-xctest

# The library as its users import it: a package of its own that depends on this one by path.
.PHONY: consumer
consumer: packages
	swift build --package-path Tests/Consumer --scratch-path .build/consumer
	.build/consumer/debug/read-lock < Tests/EnvlockModelTests/Golden/lock.json > .build/consumer/answer
	grep -q 'CUDA 12.8: driver 570.26' .build/consumer/answer
	grep -q '^good: fits' .build/consumer/answer
	grep -q '^bare: unknown' .build/consumer/answer
	.build/consumer/debug/resolve http://127.0.0.1:9/simple/ | grep -q '^error: '

.PHONY: test-network
test-network: packages ## Run the tests that ask the configured index
	@$(call install,$(DEMO_PACKAGES))
	ENVLOCK_NETWORK_TESTS=1 swift test $(SWIFT_STRICT) --disable-xctest --filter NetworkTests

.PHONY: reproduce
reproduce: release ## Build one image under conditions that must not matter, and compare every byte
	@$(call install,$(DEMO_PACKAGES))
	Tests/reproduce.sh $(BINARY)

.PHONY: bench
bench: release ## Compare with other tools, side by side; uv has to be installed
	python3 Benchmarks/same_versions.py
	python3 Benchmarks/resolve_speed.py
	@mkdir -p $(DEMO_DIR)
	$(BINARY) resolve torch==2.9.1 --python 3.11 --quiet --output $(DEMO_DIR)/envlock.lock
	python3 Benchmarks/check_speed.py --lock $(DEMO_DIR)/envlock.lock
	python3 Benchmarks/build_speed.py

.PHONY: format
format: ## Bring the sources into their form
	swift format -i -r $(SWIFT_FILES)

.PHONY: lint
lint: ## Fail where the sources are not in their form
	swift format lint -r --strict $(SWIFT_FILES)

.PHONY: install
install: release ## Install below PREFIX (default /usr/local)
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/envlock
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(BINARY) completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/envlock
	$(BINARY) completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_envlock
	$(BINARY) completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/envlock.fish
	$(BINARY) manual -q -o $(DESTDIR)$(PREFIX)/share/man/man1
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/envlock docs/schemas/*.json

.PHONY: packages
packages:
	@$(call install,$(BUILD_PACKAGES))
