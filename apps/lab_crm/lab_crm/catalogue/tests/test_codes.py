"""Shapes of codes."""

import pytest

from lab_crm.catalogue.codes import is_fsli, is_loinc


@pytest.mark.parametrize("code", ["3016-3", "718-7", "14749-6", "2823-3", "94500-6"])
def test_loinc(code):
	assert is_loinc(code)


@pytest.mark.parametrize(
	"code", ["3016-4", "3016", "3016-", "-3", "3016-33", "３016-3", "abc", "", "0", " 3016-3"]
)
def test_no_loinc(code):
	assert not is_loinc(code)


def test_fsli():
	assert is_fsli("1013838")
	assert not any(map(is_fsli, ("", "TSH", "12", "1013838x", "10138380000")))
