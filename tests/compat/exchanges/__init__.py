"""Requests of the field app and the QGIS plugin, written out as they go over the wire.

Both apps run only inside their own programs, so their requests are written down here, one test for each thing they do. Section by
section they follow what the apps need of an answer, not only what the server happens to send: from the log-in to a package on the
device, and from a push to the edits in the data and in the next package.

Not tried, because the server has no such thing yet: cloning from the app.
"""
