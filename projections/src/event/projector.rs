//! Folds.

/// Folds.
pub struct EventProjector;
