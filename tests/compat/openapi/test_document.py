"""The document is OpenAPI, whatever its form."""

import unittest

import requests
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator
from support.server import address


def fetched(path: str) -> requests.Response:
    answer = requests.get(address() + path, timeout=60)
    answer.raise_for_status()
    return answer


class Document(unittest.TestCase):
    def test_is_valid(self):
        errors = [error.message for error in OpenAPIV31SpecValidator(fetched("/swagger.json").json()).iter_errors()]
        self.assertEqual([], errors)

    def test_says_the_same_in_yaml_and_in_json(self):
        self.assertEqual(fetched("/swagger.json").json(), yaml.safe_load(fetched("/swagger.yaml").text))
