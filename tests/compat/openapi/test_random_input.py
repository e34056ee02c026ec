"""Random input of every kind, to every operation of the document: no 5xx, and every answer as the document says."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from string import Template

from support.server import address

from .world import made

HERE = Path(__file__).parent
MINUTES = 10


class RandomInput(unittest.TestCase):
    def test_every_answer_is_as_the_document_says(self):
        world = made()
        with tempfile.TemporaryDirectory(prefix="fieldlog-compat-") as folder:
            settings = Path(folder, "schemathesis.toml")
            template = Template((HERE / "schemathesis.toml").read_text())
            settings.write_text(template.substitute(world, HOOKS=HERE / "hooks.py"))
            for_hooks = {f"FUZZ_{name}": value for name, value in world.items()}
            environment = {**os.environ, **for_hooks, "PYTHONPATH": str(HERE.parent)}
            command = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(settings), "run"]
            command.append(f"{address()}/swagger.yaml")
            ran = subprocess.run(command, cwd=folder, env=environment, timeout=60 * MINUTES)
        self.assertEqual(0, ran.returncode, "schemathesis found what is written above")
