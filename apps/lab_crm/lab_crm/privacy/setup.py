"""Starter consents: one plain text a purpose, for the laboratory's lawyer to adapt as a new version.

Written after Federal Laws 152-FZ of 27.07.2006 (articles 9, 10.1), 323-FZ of 21.11.2011 (article 13) and
38-FZ of 13.03.2006 (article 18). Each consent is a text of its own and depends on no other.
"""

from pathlib import Path

import frappe

TEXTS = Path(__file__).parent / "starter"

# purpose → file, title, sentence at the tick box, whether the laboratory cannot serve without it
FORMS = {
	"Personal Data": (
		"personal_data.html",
		"Согласие на обработку персональных данных",
		"Согласен на обработку моих персональных данных для записи, оказания и оплаты медицинских услуг.",
		True,
	),
	"Medical Data": (
		"medical_data.html",
		"Согласие на обработку сведений о состоянии здоровья",
		"Согласен на обработку сведений о моём здоровье для выполнения исследований и лечения.",
		True,
	),
	"Service Messages": (
		"service_messages.html",
		"Согласие на получение сообщений о записи и готовности результатов",
		"Присылайте мне подтверждения записи, напоминания и сообщения о готовности результатов.",
		False,
	),
	"Marketing": (
		"marketing.html",
		"Согласие на получение рекламных сообщений",
		"Согласен получать предложения и акции. Это не влияет на оказание услуг.",
		False,
	),
	"Results by Email": (
		"results_by_email.html",
		"Согласие на отправку результатов по электронной почте",
		"Присылайте мне результаты на электронную почту. Я понимаю, что она защищена хуже личного кабинета.",
		False,
	),
	"State Exchange": (
		"state_exchange.html",
		"Согласие на передачу результатов в государственные информационные системы",
		"Передавайте мои результаты на Госуслуги и в региональную медицинскую систему.",
		False,
	),
}


def install() -> None:
	"""Publish the starter text of every purpose that has no text at all yet."""
	for purpose, (file, title, short_text, is_required) in FORMS.items():
		if frappe.db.exists("Consent Form", {"purpose": purpose}):
			continue
		doc = frappe.new_doc("Consent Form")
		doc.update({"purpose": purpose, "title": title, "short_text": short_text})
		doc.is_required = int(is_required)
		doc.text = (TEXTS / file).read_text(encoding="utf-8")
		doc.flags.ignore_permissions = True  # safe: run by install and migrate only
		doc.insert()
		doc.publish()
