# Spoolscribe. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BINARY := .build/release/spoolscribe

.PHONY: help setup build run demo test bench bench-report bench-site-search bench-transcribe lint format clean

help: ## List these targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing (Debian packages, Python environment)
	@scripts/setup

build: setup ## Build the release binary, .build/release/spoolscribe (about 5 minutes the first time)
	swift build -c release --static-swift-stdlib --product spoolscribe

run: build ## Run the daemon on ./spool
	$(BINARY) --spool spool run

demo: build ## The main job, to watch: a recording, links and a video of a site become transcripts
	scripts/demo $(BINARY)

test: ## Run all tests
	@scripts/setup --test
	swift build --build-tests
	.venv/bin/python -m unittest discover -s Tests/PythonTests
	.venv/bin/python -m unittest discover -s Tests/BrowserTests
	swift test --skip-build --experimental-maximum-parallelization-width 8

bench: setup ## Measure against the budgets, beside Celery, Redis and PostgreSQL (about 3 minutes)
	@scripts/setup --bench
	swift build -c release --static-swift-stdlib --product spoolscribe
	swift build -c release --static-swift-stdlib --product Benchmarks
	.build/release/Benchmarks --celery-python .venv/bin/python

bench-transcribe: setup ## Measure transcription beside the bare recogniser and whisper-ctranslate2 (about 15 minutes)
	@scripts/setup --bench
	swift build -c release --static-swift-stdlib --product spoolscribe
	swift build -c release --static-swift-stdlib --product Benchmarks
	.build/release/Benchmarks transcription

bench-report: setup ## Measure how the site grows, from 1,000 to 10,000 videos (about 5 minutes)
	@scripts/setup --bench
	swift build -c release --static-swift-stdlib --product spoolscribe
	swift build -c release --static-swift-stdlib --product Benchmarks
	.build/release/Benchmarks report

bench-site-search: setup ## Measure the site's search over 10,000 hours of speech, in a browser (about 10 minutes, 5 GB in TMPDIR)
	@scripts/setup --test
	swift build -c release --static-swift-stdlib --product spoolscribe
	place=$$(mktemp -d) && trap 'rm -rf "$$place"' EXIT && .venv/bin/python Benchmarks/site_search.py "$$place/site"

lint: ## Check the formatting
	swift format lint --strict --recursive --parallel Sources Tests Benchmarks Package.swift

format: ## Put the formatting right
	swift format --in-place --recursive --parallel Sources Tests Benchmarks Package.swift

clean: ## Remove what was built (not the Python environment)
	rm -rf .build demo
