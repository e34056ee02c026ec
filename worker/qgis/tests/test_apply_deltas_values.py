"""Values and geometries are converted exactly or refused, whatever the format."""

import unittest
from datetime import UTC, datetime

from qgis.core import QgsWkbTypes

from fieldlog_qgis.deltas import geometry, values, wkb
from fieldlog_qgis.deltas.columns import Column, Kind, Precision
from fieldlog_qgis.deltas.refusal import Refused


def convert(kind: Kind, value, **limits):
    return values.convert(value, Column("field", kind, **limits))


class Converting(unittest.TestCase):
    def assert_refused(self, kind: Kind, *refused, **limits) -> None:
        for value in refused:
            with self.subTest(value=value), self.assertRaises(Refused) as caught:
                convert(kind, value, **limits)
            self.assertIn("Field 'field' cannot hold", str(caught.exception))

    def test_whole_numbers(self):
        for value, stored in (
            (5, 5),
            ("-7", -7),
            (5.0, 5),
            (True, 1),
            (2**63 - 1, 2**63 - 1),
            (str(-(2**63)), -(2**63)),
        ):
            self.assertEqual(convert(Kind.INTEGER, value), stored)
        self.assert_refused(
            Kind.INTEGER, 0.5, "0.5", "", "1e3", 2**63, -(2**63) - 1, "9" * 41, [], {}, float("inf"), "٣x"
        )
        self.assert_refused(Kind.INTEGER, 2**31, bits=32)

    def test_numbers(self):
        for value, stored in ((0.1, 0.1), ("1e3", 1000.0), (2**53, 2.0**53), ("-.5", -0.5)):
            self.assertEqual(convert(Kind.REAL, value), stored)
        self.assert_refused(Kind.REAL, 2**53 + 1, 10**400, "1e999", "nan", "Infinity", True, "", [], "1_0")
        self.assert_refused(Kind.REAL, 1e39, precision=Precision.SINGLE)

    def test_true_and_false(self):
        for value, stored in ((True, True), (0, False), ("TRUE", True), ("f", False)):
            self.assertIs(convert(Kind.BOOLEAN, value), stored)
        self.assert_refused(Kind.BOOLEAN, 2, "yes", 1.5, [], "")

    def test_dates_and_times(self):
        self.assertEqual(convert(Kind.DATE, "2024-02-29").isoformat(), "2024-02-29")
        self.assertEqual(convert(Kind.DATE, "2024-02-29T00:00:00.000").isoformat(), "2024-02-29")
        self.assert_refused(Kind.DATE, "2023-02-29", "20240229", "2024-W09-4", "2024-02-29T00:00:01", 20240229, "")
        self.assertEqual(values.to_json(convert(Kind.TIME, "23:59:59.5")), "23:59:59.500000")
        self.assert_refused(Kind.TIME, "24:00:01", "noon", 5)
        moment = convert(Kind.DATETIME, "2024-02-29 12:00:00.123+0530")
        self.assertEqual(moment.astimezone(UTC), datetime(2024, 2, 29, 6, 30, 0, 123000, UTC))
        self.assertEqual(values.to_json(moment), "2024-02-29T12:00:00.123+05:30")
        self.assertEqual(values.to_json(convert(Kind.DATETIME, "2024-02-29")), "2024-02-29T00:00:00.000")
        self.assert_refused(Kind.DATETIME, "2024-02-29T12:00:00.1234Z", "2024-02-29T25:00:00", "soon", 0)

    def test_binary(self):
        for text in ("AP8+", "AP8-", " AP8+\n"):
            self.assertEqual(convert(Kind.BINARY, text), b"\x00\xff>")
        self.assertEqual(convert(Kind.BINARY, "AA"), b"\x00")
        self.assert_refused(Kind.BINARY, "A", "ä", "A*==", 5)

    def test_text(self):
        self.assertEqual(convert(Kind.TEXT, {"b": [1], "a": "ü"}), '{"a":"ü","b":[1]}')
        self.assertEqual(convert(Kind.TEXT, 12345678901234567890), "12345678901234567890")
        self.assertEqual(convert(Kind.TEXT, "üüü", max_length=3), "üüü")
        self.assert_refused(Kind.TEXT, "a\0", "\udc00", 0.1, True)
        self.assert_refused(Kind.TEXT, "four", max_length=3)

    def test_json(self):
        self.assertEqual(convert(Kind.JSON, '{"a": [1]}'), {"a": [1]})
        self.assertEqual(convert(Kind.JSON, [1, "x"]), [1, "x"])
        self.assert_refused(Kind.JSON, "{", "[" * 100_000)

    def test_null_is_null_everywhere(self):
        self.assertEqual([convert(kind, None) for kind in Kind], [None] * len(Kind))


class Comparing(unittest.TestCase):
    def test_numbers_are_compared_as_closely_as_the_column_keeps_them(self):
        third, digits = 1 / 3, 0.333333333333333
        self.assertFalse(values.same(third, digits, Column("x", Kind.REAL)))
        self.assertTrue(values.same(third, digits, Column("x", Kind.REAL, precision=Precision.DIGITS)))
        self.assertFalse(values.same(third, 0.33, Column("x", Kind.REAL, precision=Precision.DIGITS)))
        single = Column("x", Kind.REAL, precision=Precision.SINGLE)
        self.assertTrue(values.same(0.1, 0.10000000149011612, single))
        self.assertFalse(values.same(0.1, 0.1001, single))

    def test_null_is_neither_empty_nor_zero_nor_false(self):
        for value, kind in (("", Kind.TEXT), (0, Kind.INTEGER), (False, Kind.BOOLEAN), (b"", Kind.BINARY)):
            self.assertFalse(values.same(None, value, Column("x", kind)))
        self.assertTrue(values.same(None, "", Column("x", Kind.TEXT, empty_is_null=True)))

    def test_one_is_not_true(self):
        self.assertFalse(values.same(1, True, Column("x", Kind.INTEGER)))
        self.assertFalse(values.same([1], [True], Column("x", Kind.JSON)))


class Shapes(unittest.TestCase):
    def test_wkt_keeps_every_bit(self):
        for text in (
            "Point (0.1 1234567.1)",
            "LineString Z (0.30000000000000004 1e-07 3, 1 2 -0.0)",
            "Point M (1 2 3)",
        ):
            type = QgsWkbTypes.Type.Unknown
            stored = geometry.parse(text, type)
            self.assertEqual(geometry.parse(geometry.to_wkt(stored), type), stored)

    def test_either_byte_order_and_extended_codes_are_the_same_shape(self):
        little = geometry.parse("Point Z (1 2 3)", QgsWkbTypes.Type.Unknown)
        big = b"\0" + little[1:5][::-1] + b"".join(little[at : at + 8][::-1] for at in range(5, 29, 8))
        extended = b"\1" + (0x80000001).to_bytes(4, "little") + little[5:]
        self.assertTrue(geometry.same(little, big))
        self.assertTrue(geometry.same(little, extended))
        self.assertFalse(geometry.same(little, None))

    def test_damaged_binary_is_an_error_and_nothing_worse(self):
        line = geometry.parse("LineString (0 0, 1 1)", QgsWkbTypes.Type.LineString)
        nested = b"\1\7\0\0\0\1\0\0\0" * 1000
        for damaged in (
            b"",
            b"\1",
            line[:-1],
            line + b"x",
            line[:5] + b"\xff\xff\xff\xff" + line[9:],
            b"\1\x63\0\0\0",
            nested,
        ):
            with self.assertRaises(ValueError):
                wkb.parse(damaged)
