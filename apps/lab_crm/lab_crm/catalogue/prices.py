"""Prices of services: which one applies, what a panel saves. Money is `Decimal`, in the row's currency."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

SELF_PAY = "Self-pay"
FALLS_BACK_TO_SELF_PAY = ("DMS", "Corporate")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Price:
	"""A price that applies: `funding`, `branch` and `price_list` say which row it came from."""

	service: str
	price: Decimal
	currency: str = "RUB"
	funding: str = SELF_PAY
	branch: str | None = None
	price_list: str | None = None
	valid_from: date | None = None
	valid_to: date | None = None

	def valid_on(self, day: date) -> bool:
		"""Say whether the row is in force on a day; both ends are inclusive."""
		return (not self.valid_from or self.valid_from <= day) and (not self.valid_to or day <= self.valid_to)


def as_price(row: Mapping[str, Any]) -> Price:
	"""Make a `Price` of a Service Price row; money is rounded to kopecks."""
	return Price(
		service=row["service"],
		price=Decimal(str(row["price"])).quantize(CENT, ROUND_HALF_UP),
		currency=row.get("currency") or "RUB",
		funding=row.get("funding") or SELF_PAY,
		branch=row.get("branch") or None,
		price_list=row.get("price_list") or None,
		valid_from=row.get("valid_from") or None,
		valid_to=row.get("valid_to") or None,
	)


def choose(
	rows: Iterable[Price],
	day: date,
	branch: str | None = None,
	funding: str = SELF_PAY,
	price_list: str | None = None,
) -> Price | None:
	"""Choose the price of one service.

	A row of the named price list goes before a general one, a row of the branch before one for every branch,
	the later `valid_from` before the earlier. An insurer or a company without a price of its own pays the
	self-pay price; OMS has tariffs only.

	Args:
		rows: prices of the service, any order.
		day: date of the service.
		branch: name of the Lab Branch; None takes only prices for every branch.
		funding: Self-pay, OMS, DMS or Corporate.
		price_list: name of a negotiated price list.

	Returns:
		The price, or None when the service has none on that day.
	"""
	fitting = [
		row
		for row in rows
		if row.valid_on(day) and row.branch in (None, branch) and row.price_list in (None, price_list)
	]
	for source in (funding, SELF_PAY) if funding in FALLS_BACK_TO_SELF_PAY else (funding,):
		own = [row for row in fitting if row.funding == source]
		if own:
			return max(own, key=_rank)
	return None


def _rank(row: Price) -> tuple[bool, bool, date]:
	return row.price_list is not None, row.branch is not None, row.valid_from or date.min


def saving(panel_price: Decimal, item_prices: Iterable[Decimal]) -> Decimal:
	"""Return what the panel saves against its items bought one by one; negative when it costs more."""
	return sum(item_prices, Decimal(0)) - panel_price


def saving_percent(panel_price: Decimal, item_prices: Iterable[Decimal]) -> Decimal:
	"""Return the saving in whole per cent of the items' sum; 0 when they cost nothing."""
	total = sum(item_prices, Decimal(0))
	return ((total - panel_price) * 100 / total).quantize(Decimal(1), ROUND_HALF_UP) if total else Decimal(0)


def key_name(service: str, branch: str | None, funding: str, price_list: str | None, valid_from: Any) -> str:
	"""Return the name of a Service Price: a digest of what it prices, so that no two rows can compete."""
	key = "\x1f".join(
		[service, branch or "", funding or SELF_PAY, price_list or "", str(valid_from or "")[:10]]
	)
	return f"PRC-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def format_money(amount: Decimal) -> str:
	"""Write roubles for people: "1 234 ₽", kopecks only when there are any; spaces do not break."""
	whole = amount == amount.to_integral_value()
	text = f"{amount:,.0f}" if whole else f"{amount:,.2f}"
	return text.replace(",", "\u00a0").replace(".", ",") + "\u00a0₽"
