"""A project file is refused for the right reason, and the place of the fault is named."""

import unittest

from fieldlog_qgis import project_xml
from fieldlog_qgis.errors import InvalidProjectFile

DOCTYPE = b"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def check(content: bytes) -> project_xml.ProjectXml:
    return project_xml.check(content, "survey.qgs")


class WellFormedness(unittest.TestCase):
    def refusal(self, content: bytes) -> str:
        with self.assertRaises(InvalidProjectFile) as caught:
            check(content)
        return str(caught.exception)

    def test_a_project_with_the_usual_doctype_is_accepted(self):
        self.assertEqual(check(DOCTYPE + b'<qgis version="3.40.6-Bratislava"/>').qgis_version, "3.40.6-Bratislava")

    def test_broken_xml_is_refused_with_line_column_and_text_of_the_line(self):
        message = self.refusal(b'<qgis version="3.40.6">\n  <title>River</title>\n    <a>5 < 6</a>\n</qgis>')
        self.assertIn("line 3, column 11", message)
        self.assertIn("<a>5 < 6</a>", message)
        self.assertIn("not well-formed (invalid token)", message)

    def test_a_file_cut_in_the_middle_is_refused(self):
        self.assertIn("line 2", self.refusal(b'<qgis version="3.40.6">\n<projectlayers>'))

    def test_an_empty_file_is_refused(self):
        self.assertIn("no element found", self.refusal(b""))

    def test_a_binary_file_is_refused(self):
        self.assertIn("line 1, column 1", self.refusal(b"\x89PNG\r\n\x1a\n\x00\x00"))

    def test_only_a_part_of_a_very_long_line_is_quoted(self):
        message = self.refusal(b'<qgis version="3.40.6"><a b="' + b"x" * 100_000 + b'"/><oops & /></qgis>')
        self.assertIn("<oops & />", message)
        self.assertLess(len(message), 400)

    def test_another_root_element_is_refused_by_name(self):
        self.assertIn("'svg'; expected 'qgis'", self.refusal(b'<svg version="3.40.6"/>'))

    def test_a_root_element_without_a_usable_version_is_refused(self):
        self.assertIn("no version", self.refusal(b"<qgis/>"))
        self.assertIn("'new'", self.refusal(b'<qgis version="new"/>'))

    def test_entities_are_refused_before_they_grow(self):
        bomb = b'<!DOCTYPE qgis [<!ENTITY a "aaaaaaaaaa">' + b"".join(
            b'<!ENTITY %c "%s">' % (97 + n, b"&%c;" % (96 + n) * 10) for n in range(1, 12)
        )
        self.assertIn("declarations inside <!DOCTYPE", self.refusal(bomb + b']><qgis version="3.40.6">&l;</qgis>'))

    def test_an_external_entity_is_refused(self):
        content = b'<!DOCTYPE qgis [<!ENTITY p SYSTEM "file:///etc/passwd">]><qgis version="3.40.6">&p;</qgis>'
        self.assertIn("declarations inside <!DOCTYPE", self.refusal(content))

    def test_elements_nested_too_deep_are_refused(self):
        deep = b'<qgis version="3.40.6">' + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</qgis>"
        self.assertIn(f"more than {project_xml.MAX_DEPTH} deep", self.refusal(deep))

    def test_too_much_xml_is_refused(self):
        content = b'<qgis version="3.40.6">' + b" " * project_xml.MAX_BYTES + b"</qgis>"
        self.assertIn("more than", self.refusal(content))


class FeatureCounts(unittest.TestCase):
    def test_counting_is_switched_off_in_both_spellings_and_nothing_else_changes(self):
        content = (
            '<qgis version="3.40.6"><title>Größe > 5</title>\n'
            '<property key="showFeatureCount" value="1"/><property value=\'true\' key="showFeatureCount" />\n'
            '<Option type="QString" name="showFeatureCount" value="1"/><property key="other" value="1"/></qgis>'
        )
        expected = (
            '<qgis version="3.40.6"><title>Größe > 5</title>\n'
            '<property key="showFeatureCount" value="0"/><property value=\'0\' key="showFeatureCount" />\n'
            '<Option type="QString" name="showFeatureCount" value="0"/><property key="other" value="1"/></qgis>'
        )
        checked = check(content.encode())
        self.assertEqual(checked.content.decode(), expected)
        self.assertEqual(checked.feature_counts, 3)

    def test_a_project_that_counts_nothing_keeps_its_bytes(self):
        content = DOCTYPE + b'<qgis version="3.40.6"><property key="showFeatureCount" value="0"/></qgis>'
        self.assertEqual(check(content).content, content)
