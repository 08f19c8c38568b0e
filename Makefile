# Everything is set up on first use in .venv. PYTHON= names the Python to build it with.
PORT ?= 8501
RUN = .venv/bin/python -m
APP_READY = @sh scripts/environment.sh requirements.txt
DEV_READY = @sh scripts/environment.sh requirements-dev.txt
ORACLES_READY = @sh scripts/environment.sh requirements-oracles.txt --no-deps

.PHONY: help app test check format bench clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

app: ## Serve the app on http://localhost:8501 (PORT= changes it)
	$(APP_READY)
	@exec $(RUN) streamlit run app.py --server.port $(PORT)

test: ## Run every check and every test, in a real browser too
	$(DEV_READY)
	$(ORACLES_READY)
	$(RUN) tests.browser.chromium
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy
	$(RUN) pytest -n 2 --dist worksteal -m "not browser"
	$(RUN) pytest -m browser

check: format ## Format, lint, check types and run the fast tests
	$(RUN) ruff check
	$(RUN) mypy
	$(RUN) pytest -n 2 --dist worksteal -m "not browser and not slow"

format: ## Format the code
	$(DEV_READY)
	$(RUN) ruff format

bench: ## Measure what the app claims
	$(DEV_READY)
	$(ORACLES_READY)
	$(RUN) benchmarks

clean: ## Remove .venv and every cache
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
