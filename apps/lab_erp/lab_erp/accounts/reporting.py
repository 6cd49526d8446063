"""Sums of the ledger that reports are made of."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Sum
from frappe.utils import getdate

from lab_erp.utils.errors import refuse_if
from lab_erp.utils.money import ZERO, money


def need(filters: dict, *names: str) -> frappe._dict:
	"""Return a report's filters; refuse where one that it needs is missing."""
	given = frappe._dict(filters or {})
	for name in names:
		refuse_if(not given.get(name), _("{0} is needed").format(_(frappe.unscrub(name))))
	return given


def sums(
	company: str, since: date | str | None, upto: date | str | None, cost_center: str | None = None
) -> dict[str, tuple[Decimal, Decimal]]:
	"""Return what each account was debited and credited in a span of days, both ends included.

	Args:
		company: whose books.
		since: first day; None for all before.
		upto: last day.
		cost_center: only this one and those below it.
	"""
	entry = frappe.qb.DocType("GL Entry")
	query = (
		frappe.qb.from_(entry)
		.select(entry.account, Sum(entry.debit), Sum(entry.credit))
		.where((entry.company == company) & (entry.is_cancelled == 0))
		.groupby(entry.account)
	)
	if since:
		query = query.where(entry.posting_date >= getdate(since))
	if upto:
		query = query.where(entry.posting_date <= getdate(upto))
	if cost_center:
		query = query.where(entry.cost_center.isin(below("Cost Center", cost_center)))
	return {account: (money(debit), money(credit)) for account, debit, credit in query.run()}


def below(doctype: str, node: str) -> list[str]:
	"""Return a node of a tree and everything under it."""
	left, right = frappe.db.get_value(doctype, node, ("lft", "rgt"))
	return frappe.get_all(doctype, {"lft": (">=", left), "rgt": ("<=", right)}, pluck="name")


def tree(company: str, root_types: Iterable[str] = ()) -> list[frappe._dict]:
	"""Return a company's accounts from the roots to the leaves, with `indent`."""
	filters = {"company": company}
	if root_types:
		filters["root_type"] = ("in", list(root_types))
	fields = ("name", "account_name", "parent_account", "is_group", "root_type", "lft")
	rows = frappe.get_all("Account", filters, fields, order_by="lft")
	depth: dict[str | None, int] = {None: -1, "": -1}
	for row in rows:
		row.indent = depth[row.name] = depth.get(row.parent_account, -1) + 1
	return rows


def rolled_up(accounts: list[frappe._dict], amounts: dict[str, Decimal]) -> dict[str, Decimal]:
	"""Return each account's amount with that of all accounts below it."""
	total: dict[str, Decimal] = defaultdict(lambda: ZERO)
	for row in reversed(accounts):
		total[row.name] += amounts.get(row.name, ZERO)
		if row.parent_account:
			total[row.parent_account] += total[row.name]
	return total
