import pytest

from lab_crm.laboratory import code128


def test_every_pattern_is_eleven_modules_and_unlike_the_others():
	assert len(code128._PATTERNS) == 106 == len(set(code128._PATTERNS))
	assert all(sum(map(int, pattern)) == 11 and len(pattern) == 6 for pattern in code128._PATTERNS)


def test_bars_of_a_pattern_are_an_even_number_of_modules():
	# The standard's own parity rule, which a slip in the table would break.
	assert all(sum(map(int, pattern[::2])) % 2 == 0 for pattern in code128._PATTERNS)


def test_known_symbol():
	# 105 (start C), 12, 34, then check (105 + 1·12 + 2·34) mod 103 = 82, then stop.
	assert code128.widths("1234") == "211232" + "112232" + "131123" + "121241" + "2331112"


def test_svg_keeps_quiet_zones():
	drawing = code128.svg("614141007349")
	# start, six pairs and check of 11 modules, stop of 13, quiet zones of 10
	assert 'viewBox="0 0 121 40"' in drawing and '<rect x="10" ' in drawing


@pytest.mark.parametrize("text", ["", "123", "12a4", "١٢"])
def test_only_pairs_of_digits(text):
	with pytest.raises(ValueError, match="pairs of digits"):
		code128.widths(text)
