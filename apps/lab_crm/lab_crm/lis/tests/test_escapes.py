"""Escape sequences: what is written is read back, and nothing that was not ours is lost."""

import re

from hypothesis import given
from hypothesis import strategies as st

from lab_crm.lis.hl7.escapes import USUAL, Separators, escape, unescape

telling = st.sampled_from("|^~\\&\n#HNFSTRE.brX0DЖё ")
texts = st.text(alphabet=st.one_of(telling, st.characters(exclude_categories=["Cs", "Cc"])))
choices = st.permutations("|^~\\&#$%*!?;").map(lambda chars: Separators(*chars[:5]))


@given(texts)
def test_what_is_escaped_is_read_back(text):
	assert unescape(escape(text)) == text


@given(texts, choices)
def test_with_any_delimiters(text, separators):
	# The formatting escape holds a full stop and letters only, so no delimiter can break it.
	assert unescape(escape(text, separators), separators) == text


@given(texts)
def test_an_escaped_text_holds_no_delimiter(text):
	assert not re.search(r"[|^~&\r\n\x0b\x1c]", escape(text))


@given(st.text(max_size=200))
def test_reading_never_fails(text):
	unescape(text)


@given(st.text(alphabet="abcабв 123.", max_size=50))
def test_a_text_without_escapes_is_untouched(text):
	assert unescape(text) == text


def test_framing_bytes_cannot_be_smuggled_in():
	assert escape("a\x0bb\x1cc\rd\x00") == "abc\\.br\\d"


def test_known_sequences():
	assert unescape(r"\F\\S\\T\\R\\E\\P\ ") == r"|^&~\# "
	assert unescape(r"a\.br\b\.sp2\c\.ce\d") == "a\nb\n\nc\nd"
	assert unescape(r"\H\bold\N\ \.in+4\x\.fi\ \.sk3\y") == "bold x    y"
	assert unescape(r"\X48690D0A\!") == "Hi\n!"
	assert unescape("\\XC8\\\\XE2\\", USUAL, "cp1251") == "Ив"
	assert unescape("\\XD098\\") == "И"
	assert unescape(r"\C2842\\M2442F1\x") == "x"


def test_unknown_sequences_stay():
	for text in (r"C:\temp\new", r"\Zlocal\ ", r"\X4\ ", r"\unknown\ ", "\\", r"one \ alone", r"\\"):
		assert unescape(text) == text


def test_an_unknown_sequence_does_not_hide_the_next():
	assert unescape(r"C:\x\T\y") == r"C:\x&y"


def test_huge_counts_do_not_fill_the_memory():
	assert len(unescape(r"\.sp99999999\ ")) < 100
	assert len(unescape(r"\.sk99999999\ ")) < 300
