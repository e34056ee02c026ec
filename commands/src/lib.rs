//! Use cases: authorise, load, decide, append, receipt.
