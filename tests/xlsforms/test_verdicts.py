"""pyxform as the judge of how we read forms: what it accepts is accepted, what it refuses is refused or told."""

import os
import tempfile
import unittest
from collections import Counter
from pathlib import Path

import mutants
import verdicts
import xlwt
from differences import DIFFERENT, explanation
from tests.saved_forms import FORMS

PUBLISHED = Path(os.environ.get("FIELDLOG_XLSFORMS") or "nowhere")
# Every how manyeth mutant is tried.
STEP = int(os.environ.get("FIELDLOG_XLSFORMS_STEP") or 1)


class Verdicts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "form.xlsx"
        self.count = Counter()
        self.addCleanup(lambda: print(f"\n{self.id().split('.')[-1]}: {dict(self.count)}"))

    def compare(self, name: str, path: Path) -> tuple[verdicts.Verdict, verdicts.Verdict]:
        pyxform, ours = verdicts.of_pyxform(path), verdicts.of_ours(path)
        difference = verdicts.difference(pyxform, ours)
        why = explanation(difference)
        kind = "refused" if pyxform.refusal else "accepted"
        self.count[f"{kind} alike" if not difference else f"{kind}, explained" if why else f"{kind}, DIFFERENT"] += 1
        if difference and not why:
            with self.subTest(form=name):
                self.fail(f"{difference}; told: {ours.told}")
        return pyxform, ours

    def test_small_forms(self):
        for form in FORMS:
            form.write(self.path)
            pyxform, _ = self.compare(form.name, self.path)
            with self.subTest(form=form.name):
                self.assertEqual(bool(pyxform.refusal), form.refused, pyxform.refusal)

    def test_formatted_rows_of_the_older_format(self):
        book = xlwt.Workbook()
        style = xlwt.easyxf("pattern: pattern solid, fore_colour yellow")
        sheet = book.add_sheet("survey")
        for row, cells in enumerate((("type", "name", "label"), ("text", "a", "A?"))):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)
        for row in range(2, 20_000):
            sheet.write(row, 0, " " if row % 7 else "", style)
        old = self.path.with_suffix(".xls")
        book.save(str(old))
        _, ours = self.compare("formatted rows", old)
        self.assertEqual((ours.questions, ours.told), ({"a"}, []))

    def test_published_forms(self):
        for path in self.published():
            self.compare(path.name, path)

    def test_mutants_of_small_forms(self):
        self.compare_mutants({form.name: form.write for form in FORMS if not form.formatted[0]})

    def test_mutants_of_published_forms(self):
        self.compare_mutants({path.name: path for path in self.published()})

    def published(self) -> list[Path]:
        if not PUBLISHED.is_dir():
            self.skipTest("FIELDLOG_XLSFORMS names no folder of forms")
        return sorted(path for path in PUBLISHED.iterdir() if path.suffix in (".xlsx", ".xls"))

    def compare_mutants(self, forms: dict) -> None:
        number = 0
        for name, form in forms.items():
            if callable(form):
                form(self.path)
            sheets = mutants.read(self.path if callable(form) else form)
            for change, mutant in mutants.of(sheets):
                number += 1
                if number % STEP == 0:
                    mutants.write(mutant, self.path)
                    self.compare(f"{name}: {change}", self.path)


class Differences(unittest.TestCase):
    def test_each_is_still_there(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "form.xlsx"
            for form, reason in DIFFERENT:
                with self.subTest(form=form.name, reason=reason):
                    form.write(path)
                    self.assertTrue(verdicts.difference(verdicts.of_pyxform(path), verdicts.of_ours(path)))


if __name__ == "__main__":
    unittest.main()
