"""Expressions of forms are said in the language of QGIS, mean the same there, or are refused."""

import unittest

from qgis.core import (
    NULL,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextScope,
    QgsFeature,
    QgsField,
    QgsFields,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QMetaType, QTime

from fieldlog_qgis import qgis_app
from fieldlog_qgis.xlsform import expressions
from fieldlog_qgis.xlsform.types import Kind
from fieldlog_qgis.xlsform.values import Value, as_text
from fieldlog_qgis.xlsform.xpath import MAX_CHARACTERS, NotUnderstood

FIELDS = {
    "t": (Kind.TEXT, QMetaType.Type.QString),
    "u": (Kind.TEXT, QMetaType.Type.QString),
    "i": (Kind.NUMBER, QMetaType.Type.LongLong),
    "d": (Kind.NUMBER, QMetaType.Type.Double),
    "m": (Kind.MULTIPLE, QMetaType.Type.QString),
    "day": (Kind.DATE, QMetaType.Type.QDate),
    "moment": (Kind.DATETIME, QMetaType.Type.QDateTime),
    "time": (Kind.TIME, QMetaType.Type.QString),
    "ok": (Kind.BOOLEAN, QMetaType.Type.Bool),
}


class OneTable:
    """A table with a field of each kind; `.` is `t`."""

    def reference(self, name):
        if name not in FIELDS:
            raise NotUnderstood(f"there is no question '{name}' here")
        return Value(QgsExpression.quotedColumnRef(name), FIELDS[name][0], may_lack=True)

    def current(self):
        return self.reference("t")

    def column(self, name):
        raise NotUnderstood(f"'{name}' is no answer")

    def is_repeated(self, name):
        return False

    def aggregate(self, function, name, separator):
        raise AssertionError("there are no repeats")


class ExpressionCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        qgis_app.start()

    def evaluate(self, sql: str, **answers):
        fields = QgsFields()
        for name, (_, type) in FIELDS.items():
            fields.append(QgsField(name, type))
        feature = QgsFeature(fields)
        feature.setValid(True)
        for name, value in answers.items():
            feature[name] = value
        context, scope = QgsExpressionContext(), QgsExpressionContextScope()
        scope.setFeature(feature)
        scope.setFields(fields)
        context.appendScope(scope)
        expression = QgsExpression(sql)
        self.assertFalse(expression.hasParserError(), f"{sql}: {expression.parserErrorString()}")
        value = expression.evaluate(context)
        self.assertFalse(expression.hasEvalError(), f"{sql}: {expression.evalErrorString()}")
        return value

    def holds(self, source: str, **answers) -> bool:
        value = self.evaluate(expressions.condition(source, OneTable()), **answers)
        self.assertIn(value, (True, False, 0, 1), source)
        return bool(value)

    def result(self, source: str, **answers):
        value = self.evaluate(expressions.calculation(source, OneTable()).sql, **answers)
        return None if value == NULL else value

    def text(self, source: str, **answers) -> str:
        """The result as a form would write it."""
        return self.evaluate(as_text(expressions.calculation(source, OneTable())), **answers)


class Meanings(ExpressionCase):
    def test_conditions(self):
        # Each with answers for which it holds, and for which it does not.
        for source, yes, no in (
            ("${t} = 'a'", {"t": "a"}, {"t": "b"}),
            ("${t} = 'a'", {"t": "a"}, {}),
            ("${t} != 'a'", {}, {"t": "a"}),
            ("${t} = ''", {}, {"t": "x"}),
            ("${i} = ''", {}, {"i": 0}),
            ("${i} != ''", {"i": 0}, {}),
            ("${day} = ''", {}, {"day": QDate(2024, 1, 1)}),
            ("${m} = ''", {"m": "{}"}, {"m": "{a}"}),
            ("${t} = 1", {"t": "1.0"}, {"t": "x"}),
            ("${i} = '5'", {"i": 5}, {"i": 6}),
            ("${i} > 3 and ${i} <= 5", {"i": 5}, {"i": 3}),
            ("${i} > 3 or ${t} = 'x'", {"t": "x"}, {}),
            ("not(${i} > 3)", {}, {"i": 4}),
            ("${i} < ${d}", {"i": 1, "d": 1.5}, {"i": 2, "d": 1.5}),
            ("${i} mod 2 = 0", {"i": 4}, {"i": 3}),
            ("selected(${m}, 'a')", {"m": '{"a","b"}'}, {"m": '{"ab"}'}),
            ("selected(${m}, 'a')", {"m": "{b,a}"}, {}),
            ("selected(${t}, 'a')", {"t": "a"}, {"t": "aa"}),
            ("count-selected(${m}) >= 2", {"m": "{a,b}"}, {"m": "{a}"}),
            ("count-selected(${m}) = 0", {}, {"m": "{a}"}),
            ("${ok} = 'OK'", {"ok": True}, {}),
            ("${ok} = true()", {"ok": True}, {"ok": False}),
            ("regex(., '[A-Z]{2}\\d+')", {"t": "AB1"}, {"t": "xAB1"}),
            ("regex(., 'a|b')", {"t": "b"}, {"t": "bb"}),
            ("string-length(.) = 2", {"t": "ab"}, {}),
            ("contains(${t}, 'b')", {"t": "abc"}, {"t": "xyz"}),
            ("starts-with(${t}, 'ab')", {"t": "abc"}, {"t": "cab"}),
            ("ends-with(${t}, 'bc')", {"t": "abc"}, {"t": "bca"}),
            ("${day} <= today()", {"day": QDate(2020, 1, 1)}, {"day": QDate(9000, 1, 1)}),
            ("${day} > date('2024-01-01')", {"day": QDate(2024, 1, 2)}, {"day": QDate(2024, 1, 1)}),
            ("${day} > '2024-01-01'", {"day": QDate(2024, 1, 2)}, {}),
            ("${moment} > ${day}", {"moment": QDateTime(2024, 1, 2, 8, 0), "day": QDate(2024, 1, 2)}, {}),
            ("${time} > '08:00:00'", {"time": "09:30:00"}, {"time": "07:00:00"}),
            ("${t}", {"t": "x"}, {}),
            ("${i}", {"i": 1}, {"i": 0}),
            ("boolean(${day})", {"day": QDate(2024, 1, 2)}, {}),
            ("(${i} = 1 or ${i} = 2) and ${t} = 'x'", {"i": 2, "t": "x"}, {"i": 1}),
            ("${i} = 1 or ${i} = 2 and ${t} = 'x'", {"i": 1}, {"i": 2}),
            ("“a” = ${t}", {"t": "a"}, {"t": "b"}),
        ):  # fmt: skip
            with self.subTest(source=source):
                self.assertTrue(self.holds(source, **yes), (source, yes))
                self.assertFalse(self.holds(source, **no), (source, no))

    def test_calculations(self):
        answers = {"i": 7, "d": 2.5, "t": "  Oak  tree ", "u": "12.5", "m": '{"a","b"}', "day": QDate(2024, 3, 9)}
        for source, expected in (
            ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 div 2", 3.5), ("-${i} + 1", -6), ("10 - 3 - 2", 5), ("${i}-1", 6),
            ("int(${i} div 2)", 3), ("int(-7 div 2)", -3), ("round(2.345, 2)", 2.35), ("number(${u}) * 2", 25),
            ("pow(2, 10)", 1024), ("sqrt(16)", 4), ("max(1, ${i}, 3)", 7), ("min(${d}, ${i})", 2.5), ("abs(-3)", 3),
            ("if(${i} > 5, 'big', 'small')", "big"), ("if(${i} > 9, ${i}, '')", None), ("if(true(), 1, 2)", 1),
            ("coalesce(${i}, 1)", 7), ("concat(${i}, '/', ${m})", "7/a b"), ("substr('abcdef', 1, 3)", "bc"),
            ("substr('abcdef', 4)", "ef"), ("normalize-space(${t})", "Oak tree"), ("selected-at(${m}, 1)", "b"),
            ("selected-at(${m}, 5)", ""), ("format-date(${day}, '%Y/%m/%d')", "2024/03/09"), ("${t} + 1", None),
            ("format-date(${day}, '%e.%n. %y at')", "9.3. 24 at"), ("string-length(\"it's\")", 4),
        ):  # fmt: skip
            with self.subTest(source=source):
                found = self.result(source, **answers)
                if isinstance(expected, float):
                    self.assertAlmostEqual(found, expected)
                else:
                    self.assertEqual(found, expected)

    def test_dates(self):
        day = QDate(2024, 2, 28)
        self.assertEqual(self.result("${day} + 2", day=day), QDate(2024, 3, 1))
        self.assertEqual(self.result("${day} - 28", day=day), QDate(2024, 1, 31))
        self.assertEqual(self.result("${day} - date('2024-01-28')", day=day), 31)
        self.assertEqual(self.result("int((date('2024-06-01') - ${day}) div 365.25)", day=QDate(2000, 6, 15)), 23)
        self.assertEqual(self.text("${day}", day=day), "2024-02-28")
        self.assertEqual(self.text("${moment}", moment=QDateTime(day, QTime(8, 5))), "2024-02-28T08:05:00")
        self.assertEqual(self.result("once(${t})", t="kept"), "kept")

    def test_texts_stay_texts(self):
        for text in ("it is \\ 'quoted", "a' || 'b", "\\'); drop", "[% @x %]", "%s $x @y", "Größe 漢"):
            with self.subTest(text=text):
                self.assertEqual(self.result(f'concat("{text}")'), text)


class Refusals(ExpressionCase):
    def assert_refused(self, source: str, words: str) -> None:
        with self.assertRaisesRegex(NotUnderstood, words):
            expressions.calculation(source, OneTable())

    def test_functions_of_qgis_are_not_passed_through(self):
        for source in ("eval('1')", "env('PATH')", "file_content('/etc/passwd')", "load_layer('x','ogr')", "$geometry",
                       "@project_path", "aggregate('l','sum',1)", "get_feature_by_id('l', 1)", "var('x')"):  # fmt: skip
            with self.subTest(source=source):
                self.assert_refused(source, "no counterpart|is unknown|no answer")

    def test_other_languages_are_not_passed_through(self):
        for source in (
            "1; drop table x",
            "'a' || 'b'",
            '"t" IS NULL',
            "case when 1 then 2 end",
            "a[1]",
            "//node",
            "../x",
            "/data/x",
            "${t}/x",
            "1 = 1 --",
            "*",
            "instance('x')/data/item[name=1]/label",
            "t",
            "'open",
        ):
            with self.subTest(source=source):
                self.assert_refused(source, ".")

    def test_broken_expressions_say_what_was_expected(self):
        self.assert_refused("", "'the end' stands where a value is expected")
        self.assert_refused("(1", r"found 'the end'; expected '\)'")
        self.assert_refused("1 2", "found '2'; expected 'the end'")
        self.assert_refused("if(1, 2)", "if.. has 2 arguments; expected 3")
        self.assert_refused("${nope} = 1", "no question 'nope'")

    def test_bombs(self):
        self.assert_refused("(" * 3000 + "1" + ")" * 3000, "nested more than")
        self.assert_refused("-" * 5000 + "1", "nested more than")
        self.assert_refused("1" + "+1" * 3000, "operators in a row")
        self.assert_refused("not(" * 1500 + "1" + ")" * 1500, "nested more than")
        self.assert_refused("1" * (MAX_CHARACTERS + 1), "at most")
        deep = "1"
        for _ in range(30):
            deep = f"({deep}{'+1' * 60})"
        self.assert_refused(deep, "nested more than")

    def test_kinds_that_do_not_fit(self):
        self.assert_refused("${day} * 2", "a date stands where a number is expected")
        self.assert_refused("${day} + ${day}", "two dates are added")
        self.assert_refused("regex(., ${u})", "no quoted text")

    def test_whatever_is_accepted_can_be_read_by_qgis(self):
        for source in ('${t} = "\'"', "${t} = '\"'", "concat('\\', ${t})", "${i} - -1", "- 5 - ${i}", "5.", ".5"):
            with self.subTest(source=source):
                self.assertFalse(QgsExpression(expressions.calculation(source, OneTable()).sql).hasParserError())

    def test_many_alternatives_are_fine(self):
        many = " or ".join(f"selected(${{m}}, '{number}')" for number in range(60))
        self.assertTrue(self.holds(many, m="{59}"))
        self.assertFalse(self.holds(many, m="{60}"))
