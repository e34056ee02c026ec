"""Edits from the field that went wrong once, each as it happened, and what is right.

The inputs, and a device that edits packages in QGIS, are in `../shared/testdata/field-edits` beside the checkout; each
test is named after its case there.
"""
