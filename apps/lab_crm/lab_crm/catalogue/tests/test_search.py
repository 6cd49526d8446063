"""Search of services as people type."""

import pytest

from lab_crm.catalogue import search
from lab_crm.catalogue.search import Entry, Index, normalise, split_synonyms

ENTRIES = [
	Entry("TSH", "Тиреотропный гормон (ТТГ)", ("ТТГ", "TSH", "тиреотропин")),
	Entry("CBC5", "Общий анализ крови с лейкоцитарной формулой", ("ОАК", "CBC", "клинический анализ крови")),
	Entry("URIN", "Общий анализ мочи", ("ОАМ",)),
	Entry("B12", "Витамин B12", ("цианокобаламин",)),
	Entry("CA125", "СА-125", ("яичники",)),
	Entry("FERR", "Ферритин", ("ferritin", "запасы железа")),
	Entry("FE", "Железо", ("сывороточное железо",)),
	Entry("PN-THYROID", "Щитовидная железа", ("щитовидка",)),
	Entry("FT4", "Тироксин свободный (Т4 св.)", ("Т4 свободный", "щитовидная железа")),
	Entry("HCV", "Гепатит C, анти-HCV", ()),
]


@pytest.fixture(scope="module")
def index() -> Index:
	return Index(ENTRIES)


@pytest.mark.parametrize(
	("query", "first"),
	[
		("ттг", "TSH"),
		("ТТГ", "TSH"),
		("TSH", "TSH"),
		("tsh", "TSH"),
		("ttg", "TSH"),  # transliterated
		("nnu", "TSH"),  # the English layout was on
		("ЕЫР", "TSH"),  # the Russian layout was on
		("оак", "CBC5"),
		("oak", "CBC5"),
		("jfr", "CBC5"),
		("общий анализ крови", "CBC5"),
		("анализ крови", "CBC5"),
		("крови общий", "CBC5"),
		("общ моч", "URIN"),
		("в12", "B12"),  # Cyrillic
		("b 12", "B12"),
		("B-12", "B12"),
		("ca 125", "CA125"),
		("са125", "CA125"),
		("т4", "FT4"),
		("T4", "FT4"),
		("щитов", "PN-THYROID"),
		("obnjdblyfz", "PN-THYROID"),
		("ферит", "FERR"),  # a misprint
		("феррeтин", "FERR"),
		("железо", "FE"),
		("гепатит с", "HCV"),  # Cyrillic с
		("PN-THYROID", "PN-THYROID"),
	],
)
def test_what_is_typed_is_found(index, query, first):
	assert index.search(query)[:1] == [first]


@pytest.mark.parametrize("query", ["", "   ", "%", "'; drop", "\\", "ыыыы", "qqqqqq", "*", "анализ слюны"])
def test_what_is_not_there_is_not_found(index, query):
	assert index.search(query) == []


def test_every_word_must_match(index):
	assert index.search("общий анализ") == ["URIN", "CBC5"]
	assert index.search("общий гормон") == []


def test_of_equal_matches_the_single_test_comes_before_a_panel():
	panel, test = Entry("A", "Комплекс", ("ТТГ",), 1), Entry("B", "Тиреотропный гормон", ("ТТГ",))
	assert Index([panel, test]).search("ттг") == ["B", "A"]


def test_folding():
	assert normalise("Ёлка") == normalise("елка")
	assert normalise("СА 125") == normalise("CA-125") == normalise("ca125")


def test_synonyms_are_split():
	assert split_synonyms(" ТТГ;TSH ;\n тиреотропин;") == ("ТТГ", "TSH", "тиреотропин")
	assert split_synonyms(None) == ()


def test_an_empty_catalogue_finds_nothing():
	assert Index([]).search("ттг") == []


def test_layouts_are_mirror_images():
	assert "йцукен".translate(search._TO_EN) == "qwerty"
	assert "qwerty".translate(search._TO_RU) == "йцукен"
