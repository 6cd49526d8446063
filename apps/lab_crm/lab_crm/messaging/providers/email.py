"""Email through the site's outgoing account and Frappe's Email Queue.

The queue keeps the built letter and its delivery state; we send it ourselves at once, because its own flush
comes only every few minutes. `send_after` keeps that flush away, so that each letter has one driver.
"""

import html
import re
from datetime import timedelta

import frappe
from rq.timeouts import BaseTimeoutException

from lab_crm.messaging import russian
from lab_crm.messaging.providers.base import DeliveryError, Outgoing, Provider, Sent
from lab_crm.utils import clock

_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
KEEP_FLUSH_AWAY = timedelta(days=30)


class EmailProvider(Provider):
	"""Sends a letter: text and HTML, with text attachments such as an invitation for the calendar."""

	kinds = ("Email",)
	is_near = True

	def send(self, outgoing: Outgoing) -> Sent:
		message_id = f"{outgoing.id.lower()}@{frappe.local.site}"
		letter = self._find(message_id) or self._build(outgoing, message_id)
		if all(recipient.is_mail_sent() for recipient in letter.recipients):
			return Sent(message_id)
		if not letter.is_to_be_sent():
			# Cut off in the middle, or given up by the queue: we are its only driver and decide to try again.
			# A letter that did leave in the blink before the cut carries the same Message-ID.
			letter.db_set("status", "Not Sent")
		try:
			letter.send()
		except BaseTimeoutException:
			raise  # the worker's time is up
		except Exception as error:
			raise DeliveryError(f"{type(error).__name__}: {frappe.utils.strip_html(str(error))}") from error
		letter.reload()
		if letter.is_to_be_sent():
			raise DeliveryError("outgoing email is muted or suspended on this site")
		return Sent(message_id)

	def _find(self, message_id: str):
		name = frappe.db.get_value("Email Queue", {"message_id": message_id})
		return frappe.get_doc("Email Queue", name) if name else None

	def _build(self, outgoing: Outgoing, message_id: str):
		try:
			frappe.sendmail(
				recipients=[outgoing.recipient],
				subject=outgoing.subject,
				message=to_html(outgoing.body),
				attachments=[
					{"fname": part.filename, "fcontent": part.content, "content_type": part.content_type}
					for part in outgoing.attachments
				],
				message_id=message_id,
				reference_doctype="Message",
				reference_name=outgoing.id,
				add_unsubscribe_link=0,
				send_after=clock.now() + KEEP_FLUSH_AWAY,
				with_container=True,
			)
		except (frappe.OutgoingEmailError, frappe.ValidationError) as error:
			raise DeliveryError(frappe.utils.strip_html(str(error))) from error
		letter = self._find(message_id)
		if not letter:
			raise DeliveryError(f"{outgoing.recipient} is no email address", permanent=True)
		frappe.db.commit()
		return letter


def to_html(body: str) -> str:
	"""Return a plain text as the HTML of a letter: paragraphs, links, typography; the rest is escaped."""
	paragraphs = re.split(r"\n\s*\n", russian.typeset(body.strip()))
	return "".join(f"<p>{_with_links(part).replace(chr(10), '<br>')}</p>" for part in paragraphs)


def _with_links(text: str) -> str:
	out, end = [], 0
	for match in _LINK.finditer(text):
		out.append(html.escape(text[end : match.start()]))
		address = html.escape(match[0])
		out.append(f'<a href="{address}">{address}</a>')
		end = match.end()
	return "".join(out) + html.escape(text[end:])
