from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab_erp.accounts.tax import Line, Tax, TaxRefused, compute

VAT = "VAT"


def D(value: str) -> Decimal:
	return Decimal(value)


def test_tax_on_top():
	result = compute([Line(D("100.00"))], [Tax("On Net Total", VAT, D("20"))])
	assert (result.net_total, result.taxes, result.grand_total) == (D("100.00"), [D("20.00")], D("120.00"))


def test_tax_in_the_price_comes_out_exactly():
	result = compute([Line(D("100.00"))], [Tax("On Net Total", VAT, D("20"), included=True)])
	assert (result.nets, result.taxes, result.grand_total) == ([D("83.33")], [D("16.67")], D("100.00"))


def test_an_exempt_line_carries_no_tax():
	lines = [Line(D("500.00"), rates={VAT: D("0")}), Line(D("100.00"))]
	result = compute(lines, [Tax("On Net Total", VAT, D("20"))])
	assert result.by_line == [[D("0.00"), D("20.00")]]
	assert result.grand_total == D("620.00")


def test_rows_that_refer_to_rows():
	taxes = [
		Tax("On Net Total", "A", D("10")),
		Tax("On Previous Row Amount", "B", D("50"), row=1),
		Tax("On Previous Row Total", "C", D("10"), row=2),
		Tax("On Item Quantity", "D", D("3")),
		Tax("Actual", "E", amount=D("7.00"), sign=-1),
	]
	result = compute([Line(D("200.00"), D("4"))], taxes)
	assert result.taxes == [D("20.00"), D("10.00"), D("23.00"), D("12.00"), D("7.00")]
	assert result.grand_total == D("258.00")


@pytest.mark.parametrize(
	"tax",
	[Tax("On Previous Row Amount", "A", D("1"), row=1), Tax("Actual", "A", amount=D("1"), included=True)],
)
def test_rows_that_make_no_sense_are_refused(tax):
	with pytest.raises(TaxRefused):
		compute([Line(D("1.00"))], [tax])


def test_discount_of_the_net_total_lowers_the_tax():
	taxes = [Tax("On Net Total", VAT, D("20"))]
	result = compute([Line(D("60.00")), Line(D("40.00"))], taxes, percent=D("10"), on_net=True)
	assert result.nets == [D("54.00"), D("36.00")]
	assert (result.taxes, result.grand_total) == ([D("18.00")], D("108.00"))


amounts = st.integers(100, 9_999_900).map(lambda kopecks: Decimal(kopecks) / 100)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
	st.lists(st.tuples(amounts, st.sampled_from(["0", "10", "20", "22"])), min_size=1, max_size=12),
	st.booleans(),
	st.integers(1, 90).map(lambda percent: Decimal(percent) / 100),
	st.booleans(),
)
def test_every_total_adds_up(rows, included, part, on_net):
	lines = [Line(amount, rates={VAT: D(rate)}) for amount, rate in rows]
	taxes = [Tax("On Net Total", VAT, D("20"), included=included)]
	plain = compute(lines, taxes)
	base = plain.net_total if on_net else plain.grand_total
	off = (base * part).quantize(D("0.01"))
	result = compute(lines, taxes, discount=off, on_net=on_net)
	assert result.net_total + sum(result.taxes) == result.grand_total
	assert [sum(parts) for parts in result.by_line] == result.taxes
	if on_net:
		assert plain.net_total - result.net_total == off
	else:
		assert plain.grand_total - result.grand_total == off
	if included:
		assert plain.grand_total == sum(line.amount for line in lines)
