//! How values lie in columns.
