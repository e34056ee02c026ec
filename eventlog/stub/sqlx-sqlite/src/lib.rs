//! Empty on purpose: see `eventlog/stub/README.md`.
