"""The published SDK 0.18.0 against the server.

The server makes no projects from others or from seeds yet, so these are not tried:

- `create_project(clone_from_project=…)`
- `get_project_seed`, `get_project_seed_xlsform`, `get_project_seed_json2qgis`, except that a project without a seed has none
"""
