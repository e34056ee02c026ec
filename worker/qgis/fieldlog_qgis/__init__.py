"""What Fieldlog's worker asks of QGIS, run once per job in a container of its own.

A *workflow* (``workflows/``) is a list of *steps*; ``workflow.py`` runs them and says in ``feedback.json``
how far it came. A new kind of job is one module in ``workflows/`` and one line in its register.
"""
