"""Runs the command-line tool as a person does in a shell."""

import json
import os
import subprocess
import sys
from pathlib import Path

from support.case import CompatCase
from support.people import person
from support.server import api

TOOL = Path(sys.executable).parent / "qfieldcloud-cli"
tokens: dict[str, str] = {}


class ToolCase(CompatCase):
    def token(self, who: str) -> str:
        if who not in tokens:
            one = person(who)
            tokens[who] = self.json("login", one.name, one.password, who=None)["token"]
        return tokens[who]

    def call(self, *arguments: str, who: str | None = "ana", options: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
        environment = {**os.environ, "QFIELDCLOUD_URL": api(), "QFIELDCLOUD_TOKEN": self.token(who) if who else ""}
        command = [str(TOOL), *options, *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)

    def json(self, *arguments: str, who: str | None = "ana"):
        """What the command prints with --json."""
        done = self.call(*arguments, who=who, options=("--json",))
        try:
            self.assertEqual(0, done.returncode)
            return json.loads(done.stdout)
        except (ValueError, AssertionError):
            self.fail(f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")

    def said(self, *arguments: str, who: str | None = "ana") -> str:
        """What the command tells a person. The tool ends with 0 after a refusal too, and tells that on standard output."""
        done = self.call(*arguments, who=who)
        self.assertEqual((0, ""), (done.returncode, done.stdout), done.stderr)
        return done.stderr

    def assert_refused(self, status: int, code: str, *arguments: str, who: str | None = "ana") -> None:
        told = self.call(*arguments, who=who).stdout
        self.assertIn(f'got "{status} ', told)
        self.assertIn(f'"code": "{code}"', told)
