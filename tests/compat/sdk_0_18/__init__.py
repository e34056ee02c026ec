"""The published SDK 0.18.0 against the server.

Waits for the job issue (the server neither packages nor applies deltas yet):

- `package_latest`, `package_download`, `download_file(PACKAGE)` of a project that has been packaged
- `job_trigger(PACKAGE)` until it ends, with and without `force`, and the second trigger that finds the first
- `upload_file(PACKAGE)` with a job's token
- `push_delta` until the deltas are applied, in conflict or refused, and the new versions of the files
- `create_project(clone_from_project=…)` until the files are copied
- `get_project_seed`, `get_project_seed_xlsform`, `get_project_seed_json2qgis` of a project that has a seed
"""
