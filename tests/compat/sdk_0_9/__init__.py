"""The published SDK 0.9.0 against the server.

What is different from today's SDK: it has no teams, users, status, seeds or single projects; it sends no `Accept` header; it reads
the next page's `limit` and `offset` wrongly; it sends the project of `list_jobs` in the body of a GET.

Waits for the job issue (the server neither packages nor applies deltas yet):

- `package_latest`, `package_download`, `download_file(PACKAGE)` of a project that has been packaged
- `job_trigger(PACKAGE)` until it ends
- `push_delta` until the deltas are applied
"""
