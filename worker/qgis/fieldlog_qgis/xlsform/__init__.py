"""Turns an XLSForm, a form written as a spreadsheet, into a QGIS project that asks its questions.

`workbook.py` reads the cells, `reading.py` the questions, `tables.py` plans a table for the survey and for each
repeat, `geopackage.py` writes them, `layers.py` makes layers with forms. Expressions of a form are parsed by
`xpath.py` and said anew by `expressions.py`: nothing that was not understood gets into a project.
"""
