//! Follows the log and runs QGIS containers.
