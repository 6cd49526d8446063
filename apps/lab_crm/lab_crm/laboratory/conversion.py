"""Values that came in another unit than the catalogue's, in the catalogue's unit; what came stands beside."""

from dataclasses import replace
from decimal import Decimal

from frappe import _

from lab_crm.catalogue import references, units
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.observations import Observation

_DIGITS = 4  # significant ones, where the catalogue does not say how many decimals an analyte has


def into_catalogue_unit(each: Observation, known) -> Observation:
	"""Return an observation in the unit of its analyte, or as it came when it cannot be converted.

	The sender's flag was given for the same amount, so it stays; the interval is converted where it can be
	read, else that of the catalogue is used.

	Args:
		each: the value as received.
		known: Analyte document.
	"""
	value = references.parse_value(each.value)
	if value is None or obs.same_unit(each.unit, known.unit or ""):
		return each
	factor = units.factor(known.name, each.unit, known.unit, obs.same_unit)
	if factor is None:
		return each
	decimals = known.decimals if known.decimals else None
	came = _("Received as {0} {1}").format(each.value, each.unit)
	return replace(
		each,
		value=value.relation + _written(value.number * factor, decimals),
		unit=known.unit,
		reference_text=_interval(each.reference_text, factor, decimals),
		notes="\n".join(filter(None, (each.notes, came))),
	)


def _interval(text: str, factor: Decimal, decimals: int | None) -> str:
	theirs = obs.parse_reference(text)
	if theirs is None:
		return ""
	low, high = (
		Decimal(_written(limit * factor, decimals)) if limit is not None else None
		for limit in (theirs.low, theirs.high)
	)
	return references.render(references.Range(low=low, high=high))


def _written(number: Decimal, decimals: int | None) -> str:
	"""Write a number with a point, as laboratories send it."""
	if decimals is None:
		number = Decimal(f"{number:.{_DIGITS}g}")
		return format(number, "f")
	return references.format_number(number, decimals).replace(",", ".")
