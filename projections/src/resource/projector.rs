//! Folds.

/// Folds.
pub struct ResourceProjector;
