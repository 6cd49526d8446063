"""Which parts of the app act on what happened; a hook (`hooks.py`), so another app can add its own."""

# event → functions run after commit, each with the Journey Event (lab_crm.journey.events)
journey_subscribers = {
	"booking.created": [
		"lab_crm.booking.reactions.created",
		"lab_crm.booking.waiting_offers.booked",
		"lab_crm.recall.reactions.booked",
	],
	"booking.confirmed": [
		"lab_crm.booking.reactions.confirmed",
		"lab_crm.booking.waiting_offers.booked",
		"lab_crm.erp.reactions.confirmed",
	],
	"booking.prepayment_due": ["lab_crm.erp.reactions.prepayment_due"],
	"booking.rescheduled": [
		"lab_crm.booking.reactions.rescheduled",
		"lab_crm.booking.waiting_offers.rescheduled",
	],
	"booking.cancelled": [
		"lab_crm.booking.reactions.cancelled",
		"lab_crm.booking.waiting_offers.cancelled",
		"lab_crm.erp.reactions.cancelled",
		"lab_crm.recall.reactions.cancelled",
	],
	"order.placed": ["lab_crm.lis.reactions.order_placed", "lab_crm.recall.reactions.ordered"],
	"order.cancelled": [
		"lab_crm.lis.reactions.order_cancelled",
		"lab_crm.lis.reactions.referred_order_cancelled",
		"lab_crm.erp.postings.order_cancelled",
	],
	"specimen.rejected": [
		"lab_crm.lis.reactions.specimen_rejected",
		"lab_crm.lis.reactions.referred_specimen_rejected",
		"lab_crm.laboratory.reactions.specimen_rejected",
	],
	"order.result_ready": ["lab_crm.laboratory.reactions.result_ready", "lab_crm.erp.consumption.ready"],
	"referral.returned": ["lab_crm.erp.external_costs.returned"],
	"payment.received": ["lab_crm.erp.postings.paid"],
	"payment.to_refund": ["lab_crm.erp.reactions.to_refund", "lab_crm.erp.postings.paid"],
	"payment.refunded": ["lab_crm.erp.postings.refunded"],
	"invoice.paid": ["lab_crm.erp.fiscal.sales.settled"],
	"visit.checked_in": ["lab_crm.erp.postings.checked_in"],
	"consent.withdrawn": ["lab_crm.messaging.reactions.withdrawn"],
	"message.failed": ["lab_crm.messaging.fallback.failed", "lab_crm.recall.reactions.undelivered"],
	"message.suppressed": ["lab_crm.messaging.fallback.failed", "lab_crm.recall.reactions.undelivered"],
	"message.undelivered": ["lab_crm.recall.reactions.undelivered"],
}

# the same for documents of the framework and of the ERP
doc_events = {
	"Payment Entry": {"on_submit": "lab_crm.erp.invoices.payment_submitted"},
	"Sales Invoice": {
		"on_submit": "lab_crm.erp.invoices.return_submitted",
		"on_cancel": "lab_crm.erp.guarantee.invoice_cancelled",
	},
	"Purchase Invoice": {"before_submit": "lab_crm.erp.purchases.check"},
	"Purchase Order": {"before_submit": "lab_crm.erp.purchases.check"},
	"Property Setter": dict.fromkeys(("validate", "on_trash"), "lab_crm.privacy.form_rights.keep"),
	"Workflow": {"validate": "lab_crm.utils.workflow_builder.keep_true"},
}
