"""Turns a project into a package: what a field device downloads, works in and sends edits back from.

`actions` decides what happens to each layer, `offline` and `core_offline` convert layers to tables of
`data.gpkg`, `layer_files` and `project_files` copy what is copied, `writing` saves the converted project.
"""
