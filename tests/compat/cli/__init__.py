"""The published command-line tool against the server.

Waits for the job issue: `job-trigger PROJECT package`, `package-latest` and `package-download` of a package, and deltas that end
up in the files.
"""
