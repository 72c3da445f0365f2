# Two commands do everything: `make demo` and `make test`.

.PHONY: demo test lint bench help

help:
	@echo "make demo   build, seed and start the whole service on this machine"
	@echo "make test   formatting, lints, docs and every test"
	@echo "make lint   formatting, lints and docs alone"
	@echo "make bench  the measurements of docs/performance.md"

demo:
	@scripts/demo

test:
	@scripts/test

lint:
	@scripts/lint

bench:
	@scripts/bench
