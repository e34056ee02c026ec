"""Makes projects: empty ones with basemaps, copies of others, and ones that ask the questions of an XLSForm.

`seed.py` says what is wanted, `new_project.py` makes what is new, `clone.py` renames a copy.
"""
