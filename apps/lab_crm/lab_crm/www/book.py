"""The booking wizard: the first view from the server, everything else by the script."""

from collections import Counter

import frappe

from lab_crm.api import framing
from lab_crm.booking import origins
from lab_crm.www import branches, consents, portal_page, texts


def get_context(context):
	"""Give the script branches, groups of services and the consents in force."""
	portal_page.use_site_language()
	words = texts.booking()
	places = branches.active()
	embed, offered = _framed(branches.for_booking(places))
	groups = categories()
	page = portal_page.set_up(
		context,
		words["services.title"],
		styles=("book",),
		script="book/main.js",
		texts=words,
		data={
			"branches": offered,
			"embed": embed,
			"categories": groups,
			"consents": consents.for_booking(),
			"phone": places[0].phone if places else None,
			"phone_text": places[0].phone_text if places else None,
		},
		categories=groups,
		embed=embed,
	)
	# Another step is drawn by the script from what the tab remembers; the server cannot know it.
	page.first_step = words["book.step"].format(n=1, of=6) if not frappe.form_dict.get("step") else None


def _framed(offered: list[dict]) -> tuple[str | None, list[dict]]:
	"""Let the page be shown inside the sites of its branch (`?branch=`), or inside the one that asks for
	itself (`?embed=<origin>`): it gets the branches that allow it. A site that names another one gains
	nothing: the browser compares what we answer with where the page really is.

	Returns:
		The origin the page is shown in, None when it stands alone, and the branches it offers.
	"""
	branch, asked = frappe.form_dict.get("branch"), frappe.form_dict.get("embed")
	if not asked:
		framing.allow(origins.of(branch))
		return None, offered
	allowing = set(origins.branches_for(asked))
	here = [one for one in offered if one["name"] in allowing and branch in (None, "", one["name"])]
	if not here:
		return None, offered
	framing.allow([asked])
	return asked, here


def categories() -> list[dict]:
	"""Return the groups that have services to book online: {name, label, count}, in their order."""
	bookable = {"is_active": 1, "is_bookable_online": 1}
	counts = Counter(frappe.get_all("Lab Service", filters=bookable, pluck="category"))
	groups = frappe.get_all(
		"Service Category",
		filters={"is_active": 1},
		fields=["name", "category_name"],
		order_by="position, name",
	)
	return [
		{"name": row.name, "label": row.category_name, "count": counts[row.name]}
		for row in groups
		if counts[row.name]
	]
