//! Folds.

/// Folds.
pub struct AccountProjector;
