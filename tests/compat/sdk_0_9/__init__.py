"""The published SDK 0.9.0 against the server.

What is different from today's SDK: it has no teams, users, status, seeds or single projects; it sends no `Accept` header; it reads
the next page's `limit` and `offset` wrongly; it sends the project of `list_jobs` in the body of a GET.
"""
