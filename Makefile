# Every target is a script in tools/; this file only names them.
.PHONY: quickstart build check test test-long bench format lint sanitize

# Installs what is missing, builds, and trains LeNet-5. ARGS are passed on, e.g. ARGS="--epochs 1".
quickstart:
	@tools/run examples/lenet.py $(ARGS)

# Leaves `import mycel` in .venv/bin/python, and libmycel.so in build/release.
build:
	@tools/build release

# What to run before a commit.
check:
	@tools/check

test:
	@tools/test

# ARGS names one stage, e.g. ARGS=clang; stages that passed on this commit are not run again.
test-long:
	@tools/test --long $(ARGS)

bench:
	@tools/run bench/run.py $(ARGS)

format:
	@tools/format

lint:
	@tools/lint

# The C++ tests under the address and undefined-behaviour sanitisers.
sanitize:
	@tools/sanitize address
