"""Applies the edits of field devices (*deltas*) to the data of a project, exactly as they were made.

QGIS says what a layer is: its source, columns, key and defaults. The writing goes past QGIS to the data source
itself (``stores/``), because QGIS's edit buffer converts values, evaluates forms and commits layer by layer. So
what a delta names is what is stored; each delta is one transaction; and what was stored is read again and compared
before it counts. ``applying.py`` is the place to start reading.
"""
