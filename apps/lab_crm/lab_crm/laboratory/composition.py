"""What an order consists of: panels become their examinations, nothing is ordered twice, each material gets
one tube.

Pure: takes and gives plain data, so that it is tested without a site.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

CENT = Decimal("0.01")
PANEL, TEST = "Panel", "Test"


@dataclass(frozen=True)
class Service:
	"""A service of the catalogue as composition needs it; `parts` are the services of a panel."""

	name: str
	service_name: str
	kind: str
	sample_type: str | None = None
	parts: tuple[str, ...] = ()
	hold_until_call: bool = False


@dataclass
class Line:
	"""One examination to order."""

	service: Service
	from_panel: str | None
	price: Decimal


def compose(bought: Iterable[tuple[str, Decimal]], catalogue: Mapping[str, Service]) -> list[Line]:
	"""Return the examinations to order.

	A panel's price is split evenly over its examinations, the last one taking the odd kopecks, so that the
	lines always add up to what was bought. An examination bought twice is one line with both prices.

	Args:
		bought: services with the price paid for each; those a laboratory does not do (consultations) are left
			out.
		catalogue: services by name, the parts of panels included.

	Raises:
		KeyError: a service is not in the catalogue.
	"""
	lines: dict[str, Line] = {}
	for name, price in bought:
		tests = expand(name, catalogue)
		panel = name if catalogue[name].kind == PANEL else None
		for test, part in zip(tests, split(price, len(tests)), strict=True):
			if test in lines:
				lines[test].price += part
			else:
				lines[test] = Line(catalogue[test], panel, part)
	return list(lines.values())


def expand(name: str, catalogue: Mapping[str, Service]) -> list[str]:
	"""Return the names of the tests a service stands for, in the order of the panel; panels hold no
	panels."""
	service = catalogue[name]
	names = service.parts if service.kind == PANEL else (name,)
	return [each for each in names if catalogue[each].kind == TEST]


def split(price: Decimal, parts: int) -> list[Decimal]:
	"""Return `price` in equal shares to a kopeck, the last share holding the rest."""
	if not parts:
		return []
	share = (price / parts).quantize(CENT)
	return [share] * (parts - 1) + [price - share * (parts - 1)]


def materials(lines: Iterable[Line]) -> list[str]:
	"""Return the materials to collect, each once, in the order they are met."""
	return list(dict.fromkeys(line.service.sample_type for line in lines if line.service.sample_type))
