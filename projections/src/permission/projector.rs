//! Folds.

/// Folds.
pub struct PermissionProjector;
