//! Folds.

/// Folds.
pub struct FileProjector;
