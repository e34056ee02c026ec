"""The server under test, as scripts/test-compat describes it in the environment."""

import os
import unittest
import uuid


def setting(name: str) -> str:
    value = os.environ.get(f"FIELDLOG_COMPAT_{name}")
    if not value:
        raise RuntimeError(f"FIELDLOG_COMPAT_{name} is not set; run the tests with scripts/test-compat")
    return value


def address() -> str:
    """http://host:port, without a slash."""
    return setting("URL")


def api() -> str:
    """What users give to the SDK and the command-line tool."""
    return address() + "/api/v1/"


def sample_or_skip(test: unittest.TestCase) -> str:
    """The folder of the sample project, when jobs can run here; else the test is skipped."""
    folder = os.environ.get("FIELDLOG_COMPAT_SAMPLE")
    if not folder:
        test.skipTest("waits for a job to end, and no container engine runs jobs here (--without-docker)")
    return folder


def fresh(word: str) -> str:
    """A name that no other test uses."""
    return f"{word}-{uuid.uuid4().hex[:8]}"
