"""Tests of the QGIS package; `scripts/test-qgis` runs them inside the image, locked down as a job is."""
