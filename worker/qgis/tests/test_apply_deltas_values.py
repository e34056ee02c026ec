"""Values and geometries are converted exactly or refused, whatever the format."""

import unittest
from datetime import UTC, date, datetime, time, timedelta

from qgis.core import QgsWkbTypes

from fieldlog_qgis.deltas import binary, geometry, values, wkb
from fieldlog_qgis.deltas.as_shown import same_as_shown
from fieldlog_qgis.deltas.binary import Writing
from fieldlog_qgis.deltas.columns import Column, Kind, Precision
from fieldlog_qgis.deltas.device_clock import DeviceClock
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

    def test_binary_is_text_or_base64_as_the_client_writes_it(self):
        png, text, base64 = b"\x89PNG\r\n\x1a\n\0", Writing.TEXT, Writing.BASE64
        for said, writing, stored in (
            # As Qt writes bytes, in all its versions.
            ("hello", None, b"hello"),
            ("Grüße, Welt!", None, "Grüße, Welt!".encode()),
            ("a\0b", None, b"a\0b"),
            ("abcd", text, b"abcd"),
            ("AP8=", text, b"AP8="),
            # As other clients do, in either alphabet.
            ("AP8=", None, b"\x00\xff"),
            ("YWJjZA", None, b"abcd"),
            ("abcd", base64, b"i\xb7\x1d"),
            ("AP8+", base64, b"\x00\xff>"),
            (" AP8-\n", base64, b"\x00\xff>"),
            ("AA", base64, b"\x00"),
            ("", None, b""),
        ):
            with self.subTest(said=said, writing=writing):
                self.assertEqual(values.convert(said, Column("field", Kind.BINARY), writing), stored)
        for said, writing in (("abcd", None), ("AP8-", None), ("\ufffdPNG", None), ("\ufffd", text), ("hello", base64)):
            with self.subTest(said=said, writing=writing), self.assertRaises(Refused):
                values.convert(said, Column("field", Kind.BINARY), writing)
        self.assert_refused(Kind.BINARY, 5, {}, True)
        for said, found, writing in (
            ("\ufffdPNG\r\n\x1a\n\0", png, text),
            ("iVBORw0KGgoA", png, base64),
            ("iVBORw0KGgoA", b"iVBORw0KGgoA", text),
            ("abcd", png, None),
            (None, png, None),
            ("", b"", None),
        ):
            with self.subTest(said=said, found=found):
                self.assertIs(binary.writing_of(said, found), writing)

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


MOMENT = datetime(2026, 6, 2, 17, 58, 49, 749612)
AWARE = MOMENT.replace(tzinfo=UTC)


class Shown(unittest.TestCase):
    """What a device says that it saw, beside what is stored."""

    SAME = (
        # Milliseconds, cut or rounded, in any zone.
        (Kind.DATETIME, "2026-06-02T17:58:49.749Z", AWARE),
        (Kind.DATETIME, "2026-06-02T17:58:49.750Z", AWARE),
        (Kind.DATETIME, "2026-06-02T19:58:49.749+02:00", AWARE),
        (Kind.DATETIME, "2026-06-02T17:58:49.749", MOMENT),
        (Kind.DATETIME, "2026-06-02T17:58:49", MOMENT),
        (Kind.DATETIME, "2026-06-02T17:58", MOMENT),
        (Kind.DATETIME, "2026-06-02T17:58:49.749", "2026/06/02 17:58:49.749"),
        (Kind.DATETIME, "2026-06-02T17:58:49.749", AWARE),
        (Kind.DATETIME, "2026-06-02T14:58:49.749Z", MOMENT),
        (Kind.DATETIME, "2026-06-02", datetime(2026, 6, 2)),
        (Kind.DATETIME, "2026-06-02T00:00:00.000", date(2026, 6, 2)),
        (Kind.DATE, "2026-06-02T00:00:00.000", date(2026, 6, 2)),
        (Kind.DATE, "2026-06-02", MOMENT),
        (Kind.DATE, "2026-06-01T22:00:00.000Z", date(2026, 6, 2)),
        (Kind.TIME, "09:05:00.000", time(9, 5)),
        (Kind.TIME, "09:05", time(9, 5)),
        (Kind.TIME, "09:05:01.123", time(9, 5, 1, 123456)),
        # Numbers as far as doubles, digits and JSON tell.
        (Kind.REAL, 12.5, 12.50),
        (Kind.REAL, "12.50", 12.5),
        (Kind.REAL, 1 / 3, 0.333333333333333),
        (Kind.REAL, None, float("inf")),
        (Kind.REAL, None, float("nan")),
        (Kind.REAL, "inf", float("-inf")),
        (Kind.REAL, None, "nan"),
        (Kind.REAL, 1.7976931348623157e308, 1.7976931348623157e308),
        (Kind.REAL, 5, 5.0),
        (Kind.INTEGER, 9007199254740992, 9007199254740993),
        (Kind.INTEGER, 123456789012345680, 123456789012345678),
        (Kind.INTEGER, 5.0, 5),
        (Kind.INTEGER, "5", 5),
        # What SQLite lets stand anywhere, as GDAL reads it.
        (Kind.INTEGER, 0, "none"),
        (Kind.INTEGER, 5, "5x"),
        (Kind.INTEGER, 5, 5.7),
        (Kind.REAL, 0, "inf "),
        (Kind.REAL, 12.5, "12.5 m"),
        (Kind.DATE, None, "02.06.2026"),
        (Kind.DATE, "2026-06-02", "2026-06-02T10:00:00Z"),
        (Kind.JSON, None, 3),
        (Kind.JSON, None, "x"),
        (Kind.BINARY, "txt", "txt"),
        (Kind.BINARY, "dHh0", "txt"),
        # Truth as GDAL reads it.
        (Kind.BOOLEAN, True, 1),
        (Kind.BOOLEAN, 1, True),
        (Kind.BOOLEAN, True, "t"),
        (Kind.BOOLEAN, False, "True"),
        (Kind.BOOLEAN, True, 2),
        (Kind.BOOLEAN, "false", False),
        # Texts.
        (Kind.TEXT, "oak", "oak  "),
        (Kind.TEXT, "{6F1C1F0E-4A4D-4F3B-9E0C-0A3B5B0F5B11}", "6f1c1f0e-4a4d-4f3b-9e0c-0a3b5b0f5b11"),
        (Kind.TEXT, 5, "5"),
        (Kind.TEXT, 12.5, "12.50"),
        (Kind.TEXT, {"a": [1, 2.0]}, '{"a": [1.0, 2]}'),
        (Kind.TEXT, "a", "a\0b"),
        (Kind.TEXT, "abcde", "abcdefgh"),
        # JSON of any layout, and lists as GDAL reads them.
        (Kind.JSON, '{"b": 1, "a": [1.0]}', {"a": [1], "b": 1.0}),
        (Kind.JSON, ["1", "x"], [1, "x"]),
        (Kind.JSON, {"a": 0.1}, '{"a":0.1000000000000000055}'),
        # Bytes, as text and as base64.
        (Kind.BINARY, "\ufffdPNG", b"\x89PNG"),
        (Kind.BINARY, "\ufffd\ufffd\ufffdx", b"\xe2\x82\xffx"),
        (Kind.BINARY, "iVBORw", b"\x89PNG"),
        (Kind.BINARY, "iVBORw==", b"\x89PNG"),
        (Kind.BINARY, None, b""),
    )
    OTHER = (
        (Kind.DATETIME, "2026-06-02T17:58:49.751Z", AWARE),
        (Kind.DATETIME, "2026-06-02T17:58:48", MOMENT),
        (Kind.DATETIME, "2026-06-02T14:51:49.749Z", MOMENT),
        (Kind.DATETIME, None, MOMENT),
        (Kind.DATETIME, "soon", MOMENT),
        (Kind.DATE, "2026-06-03", date(2026, 6, 2)),
        (Kind.TIME, "09:05:01", time(9, 5)),
        (Kind.REAL, 0.1, 0.1001),
        (Kind.REAL, None, 0.0),
        (Kind.REAL, 0, None),
        (Kind.INTEGER, 5, 6),
        (Kind.INTEGER, 9007199254740993, 9007199254740997),
        (Kind.INTEGER, 0.4, 0),
        (Kind.INTEGER, None, "none"),
        (Kind.DATE, None, date(2026, 6, 2)),
        (Kind.JSON, None, []),
        (Kind.BOOLEAN, False, 1),
        (Kind.BOOLEAN, None, False),
        (Kind.TEXT, "oak", "Oak"),
        (Kind.TEXT, "abcd", "abcdefgh"),
        (Kind.TEXT, None, ""),
        (Kind.TEXT, [], "x"),
        (Kind.JSON, [1, 2], [2, 1]),
        (Kind.JSON, [True], [1]),
        (Kind.JSON, {"a": 1}, {"a": 1, "b": 2}),
        (Kind.BINARY, "\ufffdPNF", b"\x89PNG"),
        (Kind.BINARY, "", b"x"),
    )

    def test_to_the_precision_of_devices(self):
        for expected, table in ((True, self.SAME), (False, self.OTHER)):
            for kind, said, found in table:
                with self.subTest(kind=kind, said=said, found=found):
                    column = Column("field", kind, max_length=5 if kind is Kind.TEXT else 0)
                    self.assertIs(same_as_shown(said, found, column), expected)

    def test_a_clock_shows_one_zone_and_its_summer(self):
        clock = DeviceClock()
        for local, moment, shows in (
            ("2026-11-30T23:47:31.332", "2026-11-30T21:47:31.332Z", True),
            ("2026-11-30T22:47:31.332", "2026-11-30T21:47:31.332Z", False),
            ("2026-06-30T23:47:31.332", "2026-06-30T20:47:31.332Z", True),
            ("2026-01-30T20:47:31.332", "2026-01-30T20:47:31.332Z", True),
            ("2026-01-30T19:47:31.332", "2026-01-30T20:47:31.332Z", False),
            ("2026-01-30T22:47:31.332", "2026-01-30T20:47:31.332Z", True),
            ("2026-01-30T22:47:31.332", "2026-01-30T22:47:31.332+02:00", True),
        ):
            with self.subTest(local=local, moment=moment):
                found = clock.shows(datetime.fromisoformat(local), datetime.fromisoformat(moment))
                self.assertIs(found, shows)
        for hours in (-12.25, 14.25, 24, 0.1):
            with self.subTest(hours=hours):
                self.assertFalse(DeviceClock().shows(MOMENT + timedelta(hours=hours), AWARE))


class Shapes(unittest.TestCase):
    def test_wkt_keeps_every_bit(self):
        for text in (
            "Point (0.1 1234567.1)",
            "LineString Z (0.30000000000000004 1e-07 3, 1 2 -0.0)",
            "Point M (1 2 3)",
        ):
            type = QgsWkbTypes.Type.Unknown
            stored = geometry.parse(text, type).wkb
            self.assertEqual(geometry.parse(geometry.to_wkt(stored), type).wkb, stored)

    def test_either_byte_order_and_extended_codes_are_the_same_shape(self):
        little = geometry.parse("Point Z (1 2 3)", QgsWkbTypes.Type.Unknown).wkb
        big = b"\0" + little[1:5][::-1] + b"".join(little[at : at + 8][::-1] for at in range(5, 29, 8))
        extended = b"\1" + (0x80000001).to_bytes(4, "little") + little[5:]
        self.assertTrue(geometry.same(little, big))
        self.assertTrue(geometry.same(little, extended))
        self.assertFalse(geometry.same(little, None))

    def test_damaged_binary_is_an_error_and_nothing_worse(self):
        line = geometry.parse("LineString (0 0, 1 1)", QgsWkbTypes.Type.LineString).wkb
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
