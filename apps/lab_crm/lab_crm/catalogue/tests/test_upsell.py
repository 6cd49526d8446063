"""Offers of panels for chosen services (F52, F53)."""

from decimal import Decimal

from lab_crm.catalogue.upsell import Panel, Rule, fill, suggest

PRICES = {"TSH": Decimal(550), "FT4": Decimal(600), "ATPO": Decimal(750), "GLU": Decimal(290)}
THYROID = Panel("PN-THYROID", "Щитовидная железа", Decimal(1520), frozenset({"TSH", "FT4", "ATPO"}))
RULE = Rule("UP", "PN-THYROID", frozenset({"TSH"}), "{panel}: {price}, выгода {saving}", Decimal(200), 10)


def test_the_rule_of_the_source_tsh_offers_the_thyroid_panel():
	(offer,) = suggest(["TSH"], [THYROID], PRICES, [RULE])
	assert (offer.panel, offer.price, offer.saving, offer.saving_percent) == ("PN-THYROID", 1520, 380, 20)
	assert (offer.extra, offer.covers, offer.adds) == (970, ["TSH"], ["ATPO", "FT4"])
	assert offer.text == "Щитовидная железа: 1\u00a0520\u00a0₽, выгода 380\u00a0₽"
	assert offer.rule == "UP"


def test_without_a_rule_only_what_costs_no_more_is_offered():
	assert suggest(["TSH"], [THYROID], PRICES) == []
	(offer,) = suggest(["TSH", "FT4", "ATPO", "GLU"], [THYROID], PRICES)
	assert (offer.extra, offer.adds, offer.rule, offer.text) == (-380, [], None, "")


def test_what_is_not_offered():
	assert suggest(["PN-THYROID", "TSH"], [THYROID], PRICES, [RULE]) == [], "already chosen"
	assert suggest(["GLU"], [THYROID], PRICES, [RULE]) == [], "nothing in common"
	without = {code: price for code, price in PRICES.items() if code != "ATPO"}
	assert suggest(["TSH"], [THYROID], without, [RULE]) == [], "an item without a price"
	greedy = Rule("UP", "PN-THYROID", frozenset({"TSH"}), "", Decimal(381))
	assert suggest(["TSH"], [THYROID], PRICES, [greedy]) == [], "saves too little"
	assert suggest([], [THYROID], PRICES, [RULE]) == []


def test_a_rule_may_offer_a_panel_without_the_trigger():
	other = Rule("UP2", "PN-THYROID", frozenset({"GLU"}), "")
	(offer,) = suggest(["GLU"], [THYROID], PRICES, [other])
	assert (offer.extra, offer.covers) == (1520, [])


def test_order_first_what_saves_at_once_then_priority_then_saving():
	cheap = Panel("A", "A", Decimal(1000), frozenset({"TSH", "FT4"}))
	dear = Panel("B", "B", Decimal(1500), frozenset({"TSH", "FT4", "ATPO"}))
	small = Panel("C", "C", Decimal(1700), frozenset({"TSH", "FT4", "ATPO"}))
	rules = [
		Rule("1", "B", frozenset({"TSH"}), "", priority=1),
		Rule("2", "C", frozenset({"TSH"}), "", priority=2),
	]
	assert [offer.panel for offer in suggest(["TSH", "FT4"], [dear, small, cheap], PRICES, rules)] == [
		"A",
		"C",
		"B",
	]


def test_of_two_rules_for_a_panel_the_stronger_speaks():
	weak = Rule("weak", "PN-THYROID", frozenset({"TSH"}), "weak", priority=1)
	(offer,) = suggest(["TSH"], [THYROID], PRICES, [weak, RULE])
	assert offer.rule == "UP"


def test_a_text_is_filled_and_nothing_else_in_it_is_run():
	text = fill("{panel} {price.__class__} {0} {saving}", "П", Decimal(1), Decimal(2))
	assert text == "П {price.__class__} {0} 2\u00a0₽"
