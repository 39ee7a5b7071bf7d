# Police110. `make help` lists the targets; docs/configuration.md lists the settings.

DATA ?= ./var
PORT ?= 8000
SANDBOX ?= 1
ROBOTS ?= 0
# Where `make test-services` and `make lint` find the servers that they need.
TEST_DATABASE_URL ?= postgresql://postgres@127.0.0.1:5432/police110
TEST_REDIS_URL ?= redis://127.0.0.1:6379/0
WORKERS ?= 2
# A file stays with one worker: what its tests share (a server, a database) is made once.
PYTEST = $(PYTHON_RUN) -m pytest -n $(WORKERS) --dist loadfile

PYTHON_RUN := .venv/bin/python
# Tests and checks are to see no setting of the caller's.
CLEAN := env -u DATABASE_URL -u REDIS_URL -u MODE -u HOST -u PORT -u SANDBOX -u ROBOTS -u DATA

SCRATCH := $(CLEAN) DATA=.venv/scratch SANDBOX=1

.DEFAULT_GOAL := help
.PHONY: help run prepare environment environment-dev test test-services lint schema lock clean

help: ## 列出全部命令 list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

environment:
	@./environment.sh requirements.txt

environment-dev:
	@./environment.sh requirements-dev.txt

run: export DATA := $(DATA)
run: export PORT := $(PORT)
run: export SANDBOX := $(SANDBOX)
run: export ROBOTS := $(ROBOTS)
run: environment ## 启动 set up what is missing, then serve (PORT=8000 DATA=./var SANDBOX=1 ROBOTS=0)
	@exec $(PYTHON_RUN) -m police110.serve

prepare: export DATA := $(DATA)
prepare: export SANDBOX := $(SANDBOX)
prepare: environment ## 准备数据 migrate and load only, for servers that start with PREPARE=0
	@exec $(PYTHON_RUN) -m police110.serve --prepare-only

test: environment-dev ## 测试 the suite on the embedded default
	@$(CLEAN) $(PYTEST) -m "not postgres and not redis and not slow"

test-services: environment-dev ## 测试 the suite on PostgreSQL and Redis (TEST_DATABASE_URL, TEST_REDIS_URL)
	@$(CLEAN) DATABASE_URL=$(TEST_DATABASE_URL) REDIS_URL=$(TEST_REDIS_URL) $(PYTEST)

lint: environment-dev ## 检查 format, ruff, mypy, import contracts, migrations, deployment, OpenAPI
	$(PYTHON_RUN) -m ruff format --check .
	$(PYTHON_RUN) -m ruff check .
	$(SCRATCH) $(PYTHON_RUN) -m mypy .
	.venv/bin/lint-imports
	$(SCRATCH) $(PYTHON_RUN) manage.py makemigrations --check --dry-run
	$(SCRATCH) MODE=production ALLOWED_HOSTS=police110.example SANDBOX=0 SMS_GATEWAY=accounts.sms.Gateway $(PYTHON_RUN) manage.py check --deploy --fail-level WARNING
	$(SCRATCH) $(PYTHON_RUN) manage.py spectacular --validate --fail-on-warn | diff -u docs/openapi.yaml -

schema: environment-dev ## 接口文档 write docs/openapi.yaml and docs/asyncapi.yaml from the code
	$(SCRATCH) $(PYTHON_RUN) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml
	$(SCRATCH) $(PYTHON_RUN) -m live.asyncapi > docs/asyncapi.yaml

lock: ## 锁定依赖 compile requirements*.txt from pyproject.toml (needs uv)
	@command -v uv > /dev/null || { echo "make lock needs uv: python3 -m pip install uv" >&2; exit 2; }
	uv pip compile pyproject.toml $(LOCKING) -o requirements.txt
	uv pip compile pyproject.toml --extra dev -c requirements.txt $(LOCKING) -o requirements-dev.txt

LOCKING = --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

clean: ## 清理 remove the environment and caches; DATA stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
