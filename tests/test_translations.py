"""Everything a user reads is in Russian, and the translation file is sound."""

import json
from pathlib import Path

import pytest

from benchkit import translations
from benchkit.translations import Row

each_app = pytest.mark.parametrize("app", translations.APPS, ids=lambda app: app.name)


@each_app
def test_every_text_is_translated(app: Path):
	assert list(translations.untranslated(app)) == []


@each_app
def test_the_russian_file_is_sound(app: Path):
	assert list(translations.unsound(translations.rows(translations.russian(app)))) == []


@each_app
def test_the_file_is_sorted_with_unix_line_ends(app: Path):
	keys = [(row.source, row.context) for row in translations.rows(translations.russian(app))]
	assert keys == sorted(keys)
	assert b"\r" not in translations.russian(app).read_bytes()


@pytest.mark.parametrize(
	("lines", "word"),
	[
		([Row("Held until {0}", "Держим", "")], "placeholders"),
		([Row("{n} day|{n} days|{n} days", "{n} день|{n} дня", "")], "3 forms"),
		([Row("Start", "Начало", ""), Row("Start", "Начать", "")], "2 lines"),
		([Row("Start", " ", "")], "empty"),
	],
)
def test_an_unsound_line_is_found(lines: list[Row], word: str):
	(problem,) = translations.unsound(lines)
	assert word in problem


def test_one_source_may_have_several_contexts():
	lines = [Row("K", "тыс.", "Number system"), Row("K", "калий", "")]
	assert list(translations.unsound(lines)) == []


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
	"""A product of one workspace and one set-up module, without any translation."""
	folder = tmp_path / "shop" / "workspace" / "counter"
	folder.mkdir(parents=True)
	workspace = {
		"doctype": "Workspace",
		"label": "Counter",
		"shortcuts": [{"label": "Sales of today"}],
		"content": json.dumps([{"type": "header", "data": {"text": "<b>Till &amp; stock</b>"}}]),
	}
	(folder / "counter.json").write_text(json.dumps(workspace))
	(tmp_path / "shop" / "setup.py").write_text(
		'STATES = {"On Sale": "Primary"}\n'
		'TRANSITIONS = (("On Sale", "Sell it", "Sold"),)\n'
		'GREETING = _("Thank you")\n'
	)
	(tmp_path / "shop" / "shop.js").write_text('__("Add {0}", [name]); __(`Two\\nlines`);')
	(tmp_path / "modules.txt").write_text("Shop")
	(tmp_path / "translations").mkdir()
	(tmp_path / "translations" / "ru.csv").write_text("Counter,Касса\n")
	monkeypatch.setattr(translations, "ROOT", tmp_path)
	monkeypatch.setattr(translations, "FRAMEWORK_RUSSIAN", tmp_path / "none.csv")
	return tmp_path


@pytest.mark.parametrize(
	"text",
	["Shop", "Sales of today", "Till & stock", "On Sale", "Sell it", "Thank you", "Add {0}", "Two\nlines"],
)
def test_a_text_without_translation_is_found(shop: Path, text: str):
	assert any(problem.endswith(repr(text)) for problem in translations.untranslated(shop))


def test_a_translated_text_is_no_problem(shop: Path):
	assert not any("'Counter'" in problem for problem in translations.untranslated(shop))
