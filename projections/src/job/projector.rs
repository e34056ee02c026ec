//! Folds.

/// Folds.
pub struct JobProjector;
