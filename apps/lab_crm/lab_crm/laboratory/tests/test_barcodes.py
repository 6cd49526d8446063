import pytest

from lab_crm.laboratory.barcodes import check_digit, is_barcode, random_barcode


def test_barcode_is_twelve_digits_that_start_with_no_zero():
	for _ in range(200):
		barcode = random_barcode()
		assert is_barcode(barcode) and barcode[0] != "0"


def test_check_digit_is_that_of_the_gs1_standard():
	# Example of the GS1 General Specifications for GTIN-12.
	assert check_digit("61414100734") == "9"


def test_every_single_mistyped_digit_is_noticed():
	barcode = "614141007349"
	for place in range(12):
		for digit in "0123456789":
			changed = barcode[:place] + digit + barcode[place + 1 :]
			assert is_barcode(changed) == (changed == barcode)


@pytest.mark.parametrize("text", ["", "61414100734", "6141410073499", "61414100734X", "٦١٤١٤١٠٠٧٣٤٩"])
def test_what_is_no_barcode(text):
	assert not is_barcode(text)
