"""What runs by the clock, in the site's time zone. The framework reads it through `hooks.py`."""

scheduler_events = {
	"cron": {
		"* * * * *": [
			"lab_crm.journey.events.sweep",
			"lab_crm.messaging.delivery.sweep",
			"lab_crm.messaging.fallback.sweep",
			"lab_crm.messaging.providers.smpp.ask_for_receipts",
			"lab_crm.booking.holds.release_expired",
			"lab_crm.booking.no_shows.mark_due",
			"lab_crm.lis.inbox.sweep",
			"lab_crm.lis.sender.sweep",
			"lab_crm.lis.silence.check",
			"lab_crm.erp.fiscal.receipts.sweep",
		],
		"*/5 * * * *": [
			"lab_crm.laboratory.critical.escalate",
			"lab_crm.laboratory.transfers.note_late",
			"lab_crm.booking.reminders.send_due",
			"lab_crm.booking.waiting_list.expire",
			"lab_crm.booking.no_shows.offer_due",
			"lab_crm.erp.acquiring.ask_open",
		],
		"*/10 * * * *": ["lab_crm.erp.items.sync"],
		"5 0 * * *": ["lab_crm.erp.guarantee.expire"],
		"0 10 * * *": ["lab_crm.recall.scan.run_daily"],
	},
	"daily": ["lab_crm.utils.scheduler.stay_awake"],
}
