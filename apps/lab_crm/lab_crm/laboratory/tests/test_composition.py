from decimal import Decimal

import pytest

from lab_crm.laboratory.composition import Service, compose, expand, materials, split

CATALOGUE = {
	"TSH": Service("TSH", "ТТГ", "Test", "SERUM"),
	"FT4": Service("FT4", "Т4 свободный", "Test", "SERUM"),
	"CBC": Service("CBC", "Общий анализ крови", "Test", "EDTA"),
	"DOC": Service("DOC", "Приём эндокринолога", "Consultation"),
	"THYROID": Service("THYROID", "Щитовидная железа", "Panel", parts=("TSH", "FT4")),
	"CHECKUP": Service("CHECKUP", "Чекап", "Panel", parts=("TSH", "CBC", "DOC", "FT4")),
}


def composed(*bought):
	return [
		(line.service.name, line.from_panel, line.price)
		for line in compose([(n, Decimal(p)) for n, p in bought], CATALOGUE)
	]


def test_panel_becomes_its_examinations_and_keeps_its_price():
	assert composed(("THYROID", "1000.01")) == [
		("TSH", "THYROID", Decimal("500.00")),
		("FT4", "THYROID", Decimal("500.01")),
	]


def test_only_the_examinations_of_a_panel_are_ordered():
	assert expand("CHECKUP", CATALOGUE) == ["TSH", "CBC", "FT4"]


def test_two_panels_with_a_common_examination():
	assert composed(("THYROID", "1000"), ("CHECKUP", "3000")) == [
		("TSH", "THYROID", Decimal("1500.00")),
		("FT4", "THYROID", Decimal("1500.00")),
		("CBC", "CHECKUP", Decimal("1000.00")),
	]


def test_examination_bought_twice_is_one_line_with_both_prices():
	assert composed(("TSH", "400"), ("THYROID", "1000")) == [
		("TSH", None, Decimal("900.00")),
		("FT4", "THYROID", Decimal("500.00")),
	]


def test_consultation_is_not_for_the_laboratory():
	assert composed(("DOC", "2500")) == []


@pytest.mark.parametrize(("price", "parts"), [("100", 3), ("0.01", 7), ("999.99", 1), ("0", 4)])
def test_shares_add_up_to_the_price(price, parts):
	shares = split(Decimal(price), parts)
	assert len(shares) == parts and sum(shares) == Decimal(price)


def test_one_tube_a_material_in_the_order_met():
	assert materials(compose([("CHECKUP", Decimal(0))], CATALOGUE)) == ["SERUM", "EDTA"]
