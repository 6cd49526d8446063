"""Words of the ways to write to a patient, switched in the personal account."""

from frappe import _


def channels() -> dict[str, str]:
	"""Return the words of the section under the consents."""
	return {
		"channels.title": _("How we write to you"),
		"push.title": _("Notifications in the browser"),
		"push.hint": _(
			"Bookings, reminders and ready results show on this device even when the site is closed."
			" If it keeps silent, an SMS comes instead."
		),
		"push.impossible": _(
			"This browser shows no notifications of sites."
			" On an iPhone, add the site to the home screen first."
		),
		"messenger.hint": _("Bookings, reminders and ready results in a chat with our bot."),
		"messenger.open_hint": _("Open the bot and press «Start». The link works once, for 15 minutes."),
		"messenger.joined": _("Connected"),
		"messenger.not_joined": _("Not connected"),
		"messenger.join": _("Connect"),
		"messenger.open": _("Open {messenger}"),
		"messenger.now_left": _("{messenger} is off"),
		"push.on": _("On in this browser"),
		"push.off": _("Off in this browser"),
		"push.turn_on": _("Turn on"),
		"push.turn_off": _("Turn off"),
		"push.now_on": _("Notifications are on"),
		"push.now_off": _("Notifications are off"),
		"push.failed": _(
			"The browser does not allow notifications. Allow them in its settings for this site."
		),
	}
