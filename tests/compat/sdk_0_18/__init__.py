"""The published SDK 0.18.0 against the server.

Not tried here: what QGIS makes of an XLSForm, which the tests of the image try, and `get_project_seed_json2qgis`, whose route no server
has.
"""
