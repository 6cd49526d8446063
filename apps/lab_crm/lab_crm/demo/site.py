"""Prepares a demo or test site: the wizard, one login for each role and, on request, the demo network."""

import argparse
import json
import os
import secrets
from pathlib import Path

import frappe

from lab_crm.install import ROLES, WEBSITE_ROLES

WIZARD = {
	"language": "Русский",
	"country": "Russian Federation",
	"timezone": "Europe/Moscow",
	"currency": "RUB",
	"company_name": "Лаборатория «Демо»",
	"company_abbr": "ЛД",
	"domain": "Services",
	"chart_of_accounts": "Standard",
	"fy_start_date": "2026-01-01",
	"fy_end_date": "2026-12-31",
}
RUSSIAN_CHART = "Россия: рабочий план счетов"


def main() -> None:
	"""Run from the command line, in the folder of the sites."""
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--site", required=True)
	parser.add_argument("--logins", required=True, help="file that keeps the logins")
	parser.add_argument("--lis-port", type=int, required=True, help="port of the demo LIS on this machine")
	parser.add_argument("--network", action="store_true", help="load the demo network as well")
	given = parser.parse_args()
	frappe.init(site=given.site, sites_path=".")
	frappe.connect()
	try:
		prepare(given.logins, given.network, given.lis_port)
	finally:
		frappe.destroy()


def prepare(logins_path: str, network: bool, lis_port: int) -> None:
	"""Bring a fresh site to where a person can log in and work. Idempotent.

	Args:
		logins_path: file that keeps the logins (mode 600); passwords are made once.
		network: load the demo network of branches, specialists and schedules as well.
		lis_port: where the demo LIS listens on this machine.
	"""
	finish_wizard()
	make_company()
	take_trial_payments()
	make_logins(Path(logins_path))
	if network:
		from lab_crm.demo.network import load

		load(lis_port)
	frappe.db.commit()


def finish_wizard() -> None:
	"""Complete the set-up wizard: Russian, Moscow time, roubles."""
	if frappe.db.get_single_value("System Settings", "setup_complete"):
		return
	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

	answer = setup_complete(wizard())
	if answer.get("status") != "ok":
		frappe.throw(f"the set-up wizard failed: {answer}")
	settings = frappe.get_doc("System Settings")
	settings.update(
		{
			"language": "ru",
			"time_zone": "Europe/Moscow",
			"date_format": "dd.mm.yyyy",
			"time_format": "HH:mm",
			"enable_onboarding": 0,
		}
	)
	settings.update(
		{
			"allow_login_using_user_name": 1,
			"disable_user_pass_login": 0,
			"session_expiry": "170:00",
			"number_format": "# ###,##",
		}
	)
	settings.flags.ignore_mandatory = True
	settings.save()
	frappe.db.set_default("lang", "ru")
	use_currency(WIZARD["currency"], "₽")


def wizard() -> dict[str, str]:
	"""Return the wizard's answers: with the Russian plan of accounts where the ERP has one."""
	has_books = frappe.db.exists("DocType", "Company")
	field = frappe.get_meta("Company").get_field("chart_of_accounts") if has_books else None
	russian = field and RUSSIAN_CHART in (field.options or "").split("\n")
	return {**WIZARD, "chart_of_accounts": RUSSIAN_CHART} if russian else WIZARD


def make_company() -> None:
	"""Give a site whose wizard was finished before its ERP came the company that the wizard names."""
	if frappe.db.exists("DocType", "Company") and not frappe.db.count("Company"):
		for path in frappe.get_hooks("setup_wizard_complete"):
			frappe.get_attr(path)(wizard())


def take_trial_payments() -> None:
	"""Let prepayments be paid by a local page and receipts be kept in a file, so that every bench shows the
	whole way; nobody is charged and no tax service is told."""
	for field in ("payment_provider", "fiscal_registrar"):
		if not frappe.db.get_single_value("ERP Settings", field):
			frappe.db.set_single_value("ERP Settings", field, "offline")


def use_currency(code: str, symbol: str) -> None:
	"""Make a currency the site's own, as the ERP's wizard does where there is one."""
	currency = frappe.get_doc("Currency", code)
	currency.update({"enabled": 1, "symbol": symbol, "symbol_on_right": 1, "number_format": "# ###,##"})
	currency.save(ignore_permissions=True)  # safe: run from the command line only
	frappe.db.set_default("currency", code)


def make_logins(path: Path) -> None:
	"""Make one user for each role and Administrator's API key; write them to `path` once."""
	known = {login["role"]: login for login in json.loads(path.read_text())} if path.exists() else {}
	# The framework makes the first desk user a system manager: let it be the one who is meant to be.
	for role in ("Administrator", "System Manager", *ROLES, *WEBSITE_ROLES):
		if role not in known or not frappe.db.exists("User", known[role]["user"]):
			known[role] = _make_login(role)
	with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
		json.dump(list(known.values()), file, indent=1, ensure_ascii=False)


def _make_login(role: str) -> dict[str, str]:
	user = frappe.get_doc("User", "Administrator") if role == "Administrator" else _user_of(role)
	password = _set_password(user.name, role)
	secret = frappe.generate_hash(length=24)
	user.api_key = user.api_key or frappe.generate_hash(length=24)
	user.api_secret = secret
	user.save(ignore_permissions=True)  # safe: run from the command line only
	return {
		"role": role,
		"user": user.name,
		"password": password,
		"api_key": user.api_key,
		"api_secret": secret,
	}


def _user_of(role: str):
	name = f"{role.lower().replace(' ', '.')}@lab-crm.invalid"
	if frappe.db.exists("User", name):
		return frappe.get_doc("User", name)
	user = frappe.new_doc("User")
	user.update(
		{
			"email": name,
			"first_name": frappe._(role, lang="ru"),
			"send_welcome_email": 0,
			"user_type": "Website User" if role in WEBSITE_ROLES else "System User",
			"language": "ru",
			"time_zone": "Europe/Moscow",
		}
	)
	user.append("roles", {"role": role})
	user.flags.no_welcome_mail = True
	return user.insert(ignore_permissions=True)  # safe: run from the command line only


def _set_password(user: str, role: str) -> str:
	from frappe.utils.password import update_password

	password = os.environ.get("LAB_ADMIN_PASSWORD") if role == "Administrator" else None
	password = password or secrets.token_urlsafe(9)
	update_password(user, password)
	return password


if __name__ == "__main__":
	main()
