# Every target is a script in tools/; this file only names them.
.PHONY: quickstart build test test-long bench format lint sanitize

# Installs what is missing, builds, and trains LeNet-5. ARGS are passed on, e.g. ARGS="--epochs 1".
quickstart:
	@tools/run examples/lenet.py $(ARGS)

# Leaves `import mycel` in .venv/bin/python, and libmycel.so in build/release.
build:
	@tools/build release

test:
	@tools/test

test-long:
	@tools/test --long

bench:
	@tools/run bench/run.py $(ARGS)

format:
	@tools/format

lint:
	@tools/lint

# The C++ tests under the address and undefined-behaviour sanitisers.
sanitize:
	@tools/sanitize address
