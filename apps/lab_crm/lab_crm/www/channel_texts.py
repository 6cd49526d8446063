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
		"push.on": _("On in this browser"),
		"push.off": _("Off"),
		"push.turn_on": _("Turn on"),
		"push.turn_off": _("Turn off"),
		"push.now_on": _("Notifications are on"),
		"push.now_off": _("Notifications are off"),
		"push.failed": _(
			"The browser does not allow notifications. Allow them in its settings for this site."
		),
	}
