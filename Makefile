# make run         build the release server and start the demonstration (Ctrl-C ends it)
# make test        set up and run all tests
# make check       what has to pass before a merge: format, style, build, tests
# make check-long  check, and besides what takes long: crashes, hostile peers, image (CONTRIBUTING.md has the list)
# make bench       the hub's cost, latency, memory and storms, beside Mosquitto and a hub in C
# make image       build the container image with docker or podman
# make format      format all Swift files
# make docs        print docs/configuration.md anew
# make clean       remove what was built

SWIFT_PATHS = Package.swift Sources Tests Fuzz Benchmarks migrations

.PHONY: run test check check-long bench image format docs clean

run:
	exec scripts/run

test:
	scripts/setup --browser
	scripts/test

check:
	scripts/check

check-long: check
	scripts/check-long

bench:
	scripts/setup --bench
	Benchmarks/run-bench

image:
	scripts/image

format:
	swift format format --in-place --recursive --parallel $(SWIFT_PATHS)

docs:
	swift build --product switchyard
	"$$(swift build --show-bin-path)/switchyard" config defaults --output markdown >docs/configuration.md

clean:
	swift package clean
	rm -rf .build/benchmark
