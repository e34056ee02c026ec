//! Folds.

/// Folds.
pub struct SessionProjector;
