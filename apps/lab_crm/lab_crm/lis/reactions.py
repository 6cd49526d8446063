"""What the LIS line does when the journey says so. Idempotent on the event."""

from lab_crm.lis import outbox
from lab_crm.lis.external import referrals, telling
from lab_crm.lis.hl7.build import CANCEL, CHANGE, NEW


def order_placed(event) -> None:
	"""Send a new order: what other laboratories make goes on referrals, the rest to our own LIS.

	Args:
		event: the Journey Event `order.placed`.
	"""
	referrals.refer(event.lab_order)
	outbox.queue_order(event.lab_order, NEW, event.name)


def order_cancelled(event) -> None:
	"""Take an order back from the LIS."""
	outbox.queue_order(event.lab_order, CANCEL, event.name)


def referred_order_cancelled(event) -> None:
	"""Take an order off its referrals and tell the laboratories that have them already."""
	for referral in referrals.take_back(event.lab_order):
		telling.tell(referral, event.lab_order, CANCEL, event.name)


def specimen_rejected(event) -> None:
	"""Tell the LIS the barcode of the tube that takes another's place."""
	outbox.queue_order(event.lab_order, CHANGE, event.name)


def referred_specimen_rejected(event) -> None:
	"""Put the tube that takes another's place on the referrals and tell the laboratories that have them."""
	for referral in referrals.change_tubes(event.lab_order):
		telling.tell(referral, event.lab_order, CHANGE, event.name)
