"""Character sets: the right one is taken, a wrong one is said, nothing is guessed silently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_crm.lis.hl7 import encoding
from lab_crm.lis.hl7.encoding import WrongEncoding, decode

TEXT = "Образцова Анна Тестовна, глюкоза натощак «венозная кровь» № 5"
CODECS = {"UTF-8": "utf-8", "Windows-1251": "cp1251", "ISO 8859-5": "iso8859-5"}


@pytest.mark.parametrize("setting", CODECS)
def test_the_setting_is_used_when_msh18_is_silent(setting):
	text = TEXT if setting != "ISO 8859-5" else TEXT.replace("«", "").replace("»", "")
	assert decode(text.encode(CODECS[setting]), "", setting).text == text


@pytest.mark.parametrize(
	"declared, codec",
	[
		("UNICODE UTF-8", "utf-8"),
		("unicode utf-8", "utf-8"),
		("UTF-8", "utf-8"),
		("8859/5", "iso8859-5"),
		("8859/1", "iso8859-1"),
		("ISO 8859/5", "iso8859-5"),
		("WINDOWS-1251", "cp1251"),
		("8859/5~UNICODE UTF-8", "iso8859-5"),
		("ASCII", None),
		("", None),
		('""', None),
	],
)
def test_names_of_msh18(declared, codec):
	assert encoding.codec_for(declared) == codec


@pytest.mark.parametrize("declared", ["EBCDIC", "8859/99", "8859/12", "8859/x", "UNICODE UTF-9"])
def test_unknown_names(declared):
	with pytest.raises(WrongEncoding) as caught:
		encoding.codec_for(declared)
	assert caught.value.table_value


@pytest.mark.parametrize("real", CODECS)
@pytest.mark.parametrize("setting", CODECS)
def test_every_mix_up_is_recognised(real, setting):
	raw = TEXT.replace("«", "").replace("»", "").encode(CODECS[real])
	if real == setting:
		assert decode(raw, "", setting).codec == CODECS[real]
		return
	with pytest.raises(WrongEncoding, match=f"looks like {real}") as caught:
		decode(raw, "", setting)
	assert "Образцова" in caught.value.readable


def test_ascii_fits_everything():
	for setting in CODECS:
		assert decode(b"MSH|^~\\&|PLAIN", "", setting).text == "MSH|^~\\&|PLAIN"


def test_a_few_letters_are_no_proof():
	# Short 8-bit texts could be anything; the setting is trusted.
	assert decode("Ян".encode("cp1251"), "", "ISO 8859-5").codec == "iso8859-5"
	assert decode("25 °C, µg".encode("cp1251"), "", "Windows-1251").text == "25 °C, µg"


def test_the_setting_wins_over_a_false_msh18():
	assert decode(TEXT.encode("cp1251"), "UNICODE UTF-8", "Windows-1251") == encoding.Decoded(TEXT, "cp1251")


def test_a_true_msh18_wins_over_the_setting():
	assert decode(TEXT.encode(), "UNICODE UTF-8", "Windows-1251") == encoding.Decoded(TEXT, "utf-8")


@pytest.mark.parametrize("misread", ["cp1251", "latin-1"])
def test_text_encoded_twice(misread):
	raw = "Анна Примерова, Инна Иванова".encode().decode(misread, "surrogateescape")
	raw = raw.replace("\udc98", "\x98").encode()  # as Windows does
	with pytest.raises(WrongEncoding, match="twice"):
		decode(raw, "UNICODE UTF-8")


def test_what_the_codec_cannot_hold_becomes_a_question_mark():
	assert encoding.encode("µ Ё 😀", "iso8859-5") == "? Ё ?".encode("iso8859-5")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_utf8_is_read_back(text):
	try:
		assert decode(text.encode(), "UNICODE UTF-8").text == text
	except WrongEncoding as error:
		assert "twice" in str(error)


@given(
	st.binary(max_size=400),
	st.sampled_from(["", "UNICODE UTF-8", "8859/5", "8859/1", "KOI8-R"]),
	st.sampled_from(list(CODECS)),
)
def test_any_bytes_are_decoded_or_refused(raw, declared, setting):
	try:
		decoded = decode(raw, declared, setting)
	except WrongEncoding as error:
		assert isinstance(error.readable, str)
	else:
		assert decoded.text.encode(decoded.codec) == raw
