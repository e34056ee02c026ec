# Lists all recipes
default:
    @just --list

# Everything: what CI runs
ci:
    .ci/run

# Tests that need no server; `just test FILTER` for some of them
test *FILTER:
    cargo nextest run --workspace --profile fast {{FILTER}}

# All tests, with their servers
test-all:
    scripts/test

# The real field clients; `just compat --test NAME` for some tests
compat *ARGS:
    scripts/test-compat {{ARGS}}

# How forms are read, with pyxform as the judge; `just xlsforms --all` for all mutants
xlsforms *ARGS:
    scripts/test-xlsforms {{ARGS}}

# Format, lints, layers, docs
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    scripts/check-layers
    scripts/check-docs

# What a tool can mend
fix:
    cargo fmt --all
    cargo clippy --workspace --all-targets --fix --allow-dirty

# Regenerates the SDL, the event catalogue and the permission matrix
schema:
    BLESS=1 cargo nextest run --workspace -E 'test(/up_to_date|committed/)'
    cargo run -q -p fieldlog-commands --example permissions > docs/permissions.txt

# Adds golden files of new event shapes; never changes one
bless:
    BLESS=1 cargo nextest run -p fieldlog-domain

# Everything in one process, over ./fieldlog-data
serve *ARGS:
    cargo run -- serve {{ARGS}}

# The demo
demo:
    scripts/demo

# A thousand jobs with real containers, on workers and a gateway that are killed again and again (about half an hour)
many-jobs:
    FIELDLOG_TEST_PROJECTS=200 cargo test --test stories -- mortal_processes --nocapture

# Random field edits in the QGIS image for so many seconds; what nobody expects is made small and shown
edits-machine SECONDS:
    FIELDLOG_MACHINE_SECONDS={{SECONDS}} FIELDLOG_MACHINE_SEED=${FIELDLOG_MACHINE_SEED:-random} scripts/test-qgis tests.machine.test_cases tests.machine.test_search

# All benchmarks, as one table
bench:
    scripts/bench

# Licences, bans, sources (needs cargo-deny)
deny:
    cargo deny check bans licenses sources

