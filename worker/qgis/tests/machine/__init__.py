"""A machine that looks for edits which are stored wrongly; README.md tells how it works."""
