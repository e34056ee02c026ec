"""The published command-line tool against the server: each command, and a field day from the upload to the edits in the data."""
