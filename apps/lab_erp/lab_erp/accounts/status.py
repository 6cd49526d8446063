"""What an invoice is: paid, partly, overdue. No site needed."""

from datetime import date
from decimal import Decimal


def of_invoice(
	grand_total: Decimal,
	outstanding: Decimal,
	due: date,
	today: date,
	is_return: bool,
	returned: bool,
	note: str,
) -> str:
	"""Return the status of a submitted invoice.

	Args:
		grand_total: what it came to.
		outstanding: what is still owed.
		due: last day to pay.
		today: the day to compare with.
		is_return: it is a return itself.
		returned: a return of it has been submitted.
		note: status of an invoice that returns have settled (`Credit Note Issued`).
	"""
	if is_return:
		return "Return"
	if outstanding <= 0:
		return note if returned and grand_total > 0 else "Paid"
	if due < today:
		return "Overdue"
	return "Partly Paid" if outstanding < grand_total else "Unpaid"
