"""Offers of panels for chosen services: what the desk suggests, what the site shows (F52, F53)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from lab_crm.catalogue import prices


@dataclass(frozen=True)
class Panel:
	"""A panel on sale: its code, name, price and the codes of its services."""

	code: str
	name: str
	price: Decimal
	items: frozenset[str]


@dataclass(frozen=True)
class Rule:
	"""An Upsell Rule: one of `triggers` is chosen → offer `panel` if it saves `min_saving` roubles."""

	code: str
	panel: str
	triggers: frozenset[str]
	text: str
	min_saving: Decimal = Decimal(0)
	priority: int = 0


@dataclass(frozen=True)
class Offer:
	"""What to say: the panel, what it replaces and adds, and the money (roubles).

	`saving` is against buying all services of the panel one by one, `extra` is what the patient would pay
	more than for the chosen services (negative: pays less and gets more).
	"""

	panel: str
	panel_name: str
	price: Decimal
	saving: Decimal
	saving_percent: int
	extra: Decimal
	covers: list[str] = field(default_factory=list)
	adds: list[str] = field(default_factory=list)
	text: str = ""
	rule: str | None = None
	priority: int = 0


def suggest(
	chosen: Iterable[str],
	panels: Iterable[Panel],
	item_prices: Mapping[str, Decimal],
	rules: Iterable[Rule] = (),
) -> list[Offer]:
	"""Return the offers for the chosen services, the best first.

	A panel is offered when a rule names it, or when it costs no more than the chosen services it replaces. A
	panel already chosen, or with an item that has no price, is not offered.

	Args:
		chosen: codes of the chosen services.
		panels: panels on sale with their prices.
		item_prices: prices of single services (roubles) at the same branch, day and funding.
		rules: active rules.
	"""
	wanted = set(chosen)
	by_panel: dict[str, list[Rule]] = {}
	for rule in rules:
		by_panel.setdefault(rule.panel, []).append(rule)
	offers = []
	for panel in panels:
		if panel.code in wanted or not all(item in item_prices for item in panel.items):
			continue
		offer = _offer(panel, wanted, item_prices, by_panel.get(panel.code, []))
		if offer:
			offers.append(offer)
	return sorted(offers, key=lambda offer: (offer.extra > 0, -offer.priority, -offer.saving, offer.panel))


def _offer(
	panel: Panel, wanted: set[str], item_prices: Mapping[str, Decimal], rules: Iterable[Rule]
) -> Offer | None:
	covers = wanted & panel.items
	if not covers and not any(rule.triggers & wanted for rule in rules):
		return None
	saved = prices.saving(panel.price, (item_prices[item] for item in panel.items))
	extra = panel.price - sum((item_prices[item] for item in covers), Decimal(0))
	fitting = [rule for rule in rules if rule.triggers & wanted and saved >= rule.min_saving]
	rule = max(fitting, key=lambda one: one.priority, default=None)
	if rule is None and (extra > 0 or len(covers) < 2):
		return None
	return Offer(
		panel=panel.code,
		panel_name=panel.name,
		price=panel.price,
		saving=saved,
		saving_percent=int(prices.saving_percent(panel.price, (item_prices[item] for item in panel.items))),
		extra=extra,
		covers=sorted(covers),
		adds=sorted(panel.items - wanted),
		text=fill(rule.text, panel.name, panel.price, saved) if rule else "",
		rule=rule.code if rule else None,
		priority=rule.priority if rule else 0,
	)


def fill(text: str, panel: str, price: Decimal, saved: Decimal) -> str:
	"""Put the panel's name, price and saving into a rule's text; other braces are left as they are."""
	values = {"{panel}": panel, "{price}": prices.format_money(price), "{saving}": prices.format_money(saved)}
	for mark, value in values.items():
		text = text.replace(mark, value)
	return text
