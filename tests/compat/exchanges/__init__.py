"""Requests of the field app and the QGIS plugin, written out as they go over the wire.

Both apps run only inside their own programs, so their requests are written down here, one test for each thing they do. Section by
section they follow what the apps need of an answer, not only what the server happens to send.

Waits for the job issue: polling a package job, the packaged files and their pieces, `needs_repackaging`, deltas until nothing is
pending, cloning from the app.
"""
