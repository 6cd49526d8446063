"""Words that the pages' scripts say, by key, in the language of the page.

A text with a number holds its forms as `one|few|many` (English repeats the second).
`{name}` is filled in by the script.
"""

from frappe import _

from lab_crm.www.channel_texts import channels


def common() -> dict[str, str]:
	"""Return the words every page needs."""
	return {
		"back": _("Go back"),
		"proceed": _("Go on"),
		"change": _("Change this"),
		"retry": _("Try again"),
		"new_tab": _("(opens in a new tab)"),
		"price.ask": _("ask the branch about the price"),
		"day.today": _("today, {day}"),
		"day.tomorrow": _("tomorrow, {day}"),
		"error.word": _("Mistake"),
		"error.title": _("Please correct"),
		"error.page_title": _("Error: {title}"),
		"error.offline": _(
			"No connection. Nothing you have entered is lost: check the internet and try again."
		),
		"error.server": _("Something broke on our side. Try again in a minute."),
		"error.too_many": _("Too many tries. Wait a minute and try again."),
		"error.signed_out": _("You have been signed out. Sign in again."),
		"form.optional": _("{label} (optional)"),
		"form.mobile": _("Mobile phone"),
		"form.mobile_hint": _("For example, 8 900 123-45-67"),
		"error.mobile_empty": _("Enter your mobile phone"),
		"error.mobile": _("Check the phone number: it has 11 digits, for example 8 900 123-45-67"),
	}


def times() -> dict[str, str]:
	"""Return the words of the time picker and of a booking that is being made."""
	return {
		"slots.loading": _("Looking for free times…"),
		"slots.choose_day": _("Day"),
		"slots.nearest": _("Nearest: {when}"),
		"slots.free": _("{n} free time|{n} free times|{n} free times"),
		"slots.none": _("no free time"),
		"slots.none_short": _("full"),
		"slots.morning": _("Morning"),
		"slots.day": _("Afternoon"),
		"slots.evening": _("Evening"),
		"slots.later": _("Next two weeks"),
		"slots.earlier": _("Previous two weeks"),
		"slots.zone": _("Local time of the branch, {zone}"),
		"slots.specialist": _("Specialist"),
		"slots.any_specialist": _("Any"),
		"slots.day_full": _("No free time on {day}. Choose another day."),
		"slots.all_full": _("Everything is taken from {from} to {to}. Look at the next two weeks."),
		"time.call": _("Call us"),
		"check.book": _("Book me"),
		"check.booking": _("Booking…"),
		"check.services": _("What"),
		"check.when": _("When"),
		"check.where": _("Where"),
		"check.total": _("To pay"),
	}


def booking() -> dict[str, str]:
	"""Return the words of `/book`."""
	return {**common(), **times(), **_services(), **_form(), **_purposes(), **_last_steps(), **_waiting()}


def _services() -> dict[str, str]:
	return {
		"book.step": _("Step {n} of {of}"),
		"services.title": _("What would you like to have done?"),
		"services.search": _("Find an analysis or a service"),
		"services.search_hint": _("A name, a short name or a code: “TSH”, “sugar”, “vitamin D”"),
		"services.searching": _("Searching…"),
		"services.loading": _("Loading the list…"),
		"services.found": _("{n} service found|{n} services found|{n} services found"),
		"services.nothing": _("Nothing found for “{text}”"),
		"services.nothing_hint": _(
			"Try one word, or choose from the groups: clear the search field to see them."
		),
		"services.call": _("Or call us, we will help: {phone}"),
		"services.more": _("Show more"),
		"services.details": _("Details and preparation"),
		"services.preparation": _("How to prepare"),
		"services.same_day": _("ready the same day"),
		"services.days": _("ready in {n} day|ready in {n} days|ready in {n} days"),
		"services.code": _("code {code}"),
		"services.booked": _("Your booking is made. You may start another one below."),
		"services.booked_link": _("See the booking"),
		"basket.title": _("You have chosen"),
		"basket.empty": _(
			"Tick services in the list: they will show here with the total and how to prepare."
		),
		"basket.total": _("In total"),
		"basket.proceed": _("Go on"),
		"basket.remove": _("Remove from the list"),
		"basket.count": _("{n} service|{n} services|{n} services"),
		"basket.added": _("Added: {name}"),
		"basket.removed": _("Removed: {name}"),
		"basket.saving": _("As a panel you save {saving}"),
		"basket.swap": _("Take the panel instead"),
		"basket.add_panel": _("Take the panel, {extra} more"),
		"prepare.title": _("How to prepare"),
		"error.no_services": _("Choose at least one service"),
	}


def _form() -> dict[str, str]:
	return {
		"place.title": _("Where is it convenient for you?"),
		"time.title": _("When will you come?"),
		"time.other_place": _("Choose another branch"),
		"time.soon_elsewhere": _("Sooner in other branches"),
		"time.gone": _("This time has just been taken"),
		"time.kept": _("Everything you entered is kept. Choose another time:"),
		"who.title": _("Who is coming?"),
		"who.hint": _("Enter the name as in the passport or birth certificate: it will be on the result."),
		"form.last_name": _("Last name"),
		"form.first_name": _("First name"),
		"form.middle_name": _("Middle name"),
		"form.birth_date": _("Date of birth"),
		"form.birth_hint": _("For example, 27 3 1985"),
		"form.day": _("Day"),
		"form.month": _("Month"),
		"form.year": _("Year"),
		"form.sex": _("Sex"),
		"form.sex_hint": _("Reference intervals depend on it"),
		"form.female": _("Female sex"),
		"form.male": _("Male sex"),
		"form.email": _("E-mail"),
		"form.email_hint": _("We will send the booking with a calendar file"),
		"error.last_name": _("Enter the last name"),
		"error.first_name": _("Enter the first name"),
		"error.birth_empty": _("Enter the date of birth"),
		"error.birth_day": _("The date of birth needs a day"),
		"error.birth_month": _("The date of birth needs a month"),
		"error.birth_year": _("The date of birth needs a year"),
		"error.birth_year4": _("Enter the year of birth as four digits, for example 1985"),
		"error.birth_unreal": _("There is no such date: check the day and the month"),
		"error.birth_future": _("The date of birth must be in the past"),
		"error.sex": _("Choose the sex"),
		"error.email": _("Check the e-mail: for example, name@example.ru"),
		"error.consent": _("We cannot book without this consent: {title}"),
	}


def _purposes() -> dict[str, str]:
	return {
		"purpose.Personal Data": _("Processing of personal data"),
		"purpose.Medical Data": _("Processing of health data"),
		"purpose.Service Messages": _("Messages about bookings and results"),
		"purpose.Marketing": _("Offers and discounts"),
		"purpose.Results by Email": _("Results by e-mail"),
		"purpose.State Exchange": _("Exchange with state health systems"),
	}


def _last_steps() -> dict[str, str]:
	return {
		"contact.title": _("How can we reach you?"),
		"contact.consents": _("Consents"),
		"contact.required": _("(required for booking)"),
		"contact.optional": _("(optional)"),
		"contact.full_text": _("Full text"),
		"check.title": _("Check and book"),
		"check.who": _("Who"),
		"check.contact": _("How to reach you"),
		"check.consents": _("Consents"),
		"check.female": _("female sex"),
		"check.male": _("male sex"),
		"check.kept": _(
			"Everything you entered is kept. Press “Book” again: there will not be a second booking."
		),
		"done.title": _("You are booked"),
		"done.held": _("Held for you"),
		"done.number": _("Booking number"),
		"done.calendar": _("Add to calendar"),
		"done.manage": _("Move or cancel the booking"),
		"done.pay": _("See the booking"),
	}


def _waiting() -> dict[str, str]:
	return {
		"wait.join": _("Join the waiting list"),
		"wait.joining": _("Joining…"),
		"wait.title": _("When does it suit you?"),
		"wait.hint": _(
			"When such a time becomes free, we keep it for you for a while and send you a message."
		),
		"wait.period": _("How soon"),
		"wait.period.7": _("Within a week"),
		"wait.period.14": _("Within two weeks"),
		"wait.period.30": _("Within a month"),
		"wait.hours": _("Time of day"),
		"wait.hours.any": _("Any time"),
		"wait.hours.morning": _("In the morning, until 12:00"),
		"wait.hours.day": _("In the afternoon, from 12:00 to 17:00"),
		"wait.hours.evening": _("In the evening, after 17:00"),
		"wait.weekdays": _("Days of the week"),
		"wait.weekdays_hint": _("Nothing ticked: any day suits"),
		"wait.check_title": _("Check and join the waiting list"),
		"wait.needs_messages": _("We offer the time by message: tick this consent"),
		"joined.title": _("You are on the waiting list"),
		"joined.text": _(
			"When a suitable time becomes free, we keep it for you and send a message to {mobile}. "
			"Open the link in it to take the time."
		),
		"joined.again": _("Book something else"),
		"joined.leave": _("Leave the waiting list"),
		"joined.leaving": _("Leaving…"),
		"joined.left": _("You have left the waiting list."),
	}


def booking_statuses() -> dict[str, str]:
	"""Return what a patient reads for each status of a Booking."""
	return {
		"Held": _("Held for you"),
		"Booked": _("You are booked"),
		"Confirmed": _("Booking confirmed"),
		"Checked In": _("You have come"),
		"Completed": _("Visit took place"),
		"Cancelled": _("Booking cancelled"),
		"No Show": _("You did not come"),
	}


def manage() -> dict[str, str]:
	"""Return the words of `/b/<token>`."""
	return {
		**common(),
		**times(),
		"manage.move_title": _("Choose another time"),
		"manage.now": _("Booked now: {when}"),
		"manage.still": _("Your old time is still yours: {when}"),
		"manage.confirm_title": _("Move the booking?"),
		"manage.was": _("Was"),
		"manage.will": _("Will be"),
		"manage.move": _("Move the booking"),
		"manage.moving": _("Moving…"),
		"manage.cancel_title": _("Cancel the booking?"),
		"manage.reason": _("Why are you cancelling?"),
		"manage.reason_text": _("In a few words"),
		"manage.cancel": _("Cancel the booking"),
		"manage.cancelling": _("Cancelling…"),
		"manage.keep": _("Do not cancel"),
		"error.reason": _("Choose a reason"),
		"reason.sick": _("Fell ill"),
		"reason.time": _("The time does not suit"),
		"reason.elsewhere": _("Went to another place"),
		"reason.price": _("The price"),
		"reason.mistake": _("Booked by mistake"),
		"reason.other": _("Another reason"),
	}


def pay() -> dict[str, str]:
	"""Return the words of `/pay/<token>`."""
	return {
		**common(),
		"pay.opening": _("Opening the payment…"),
		"pay.confirming": _("Confirming…"),
		"error.offer": _("Tick that you accept the terms of the prepayment"),
	}


def recall() -> dict[str, str]:
	"""Return the words of `/r/<token>`."""
	return {
		**common(),
		**times(),
		"recall.confirm_title": _("Book this time?"),
		"recall.decline_title": _("Decline the invitation?"),
		"recall.decline_text": _("We will not write to you about this visit again."),
		"recall.decline": _("Decline"),
		"recall.declining": _("Declining…"),
		"recall.keep": _("Keep the invitation"),
		"recall.declined_title": _("You have declined the invitation"),
		"recall.book": _("Book a visit"),
	}


def my() -> dict[str, str]:
	"""Return the words of `/my`."""
	return {**common(), **_purposes(), **_signin(), **_results(), **_own_bookings(), **channels()}


def _signin() -> dict[str, str]:
	return {
		"signin.title": _("Sign in"),
		"signin.hint": _(
			"Enter the phone you gave when you booked. We will send a code; no password is needed."
		),
		"signin.send": _("Get a code"),
		"signin.sending": _("Sending…"),
		"signin.code_title": _("Enter the code"),
		"signin.sent": _("If {phone} is known to us, a code has been sent to it. It is valid for 5 minutes."),
		"signin.code": _("Code from the message"),
		"signin.code_hint": _("6 digits"),
		"signin.enter": _("Enter"),
		"signin.entering": _("Signing in…"),
		"signin.resend": _("Send a new code"),
		"signin.resend_in": _("A new code can be sent in {n} s"),
		"signin.other_phone": _("Another phone number"),
		"error.code_length": _("The code has 6 digits"),
		"my.loading": _("Loading…"),
		"my.person": _("Patient"),
		"my.sections": _("Sections"),
		"my.sign_out": _("Sign out"),
		"my.results": _("Results"),
		"my.bookings": _("Bookings"),
		"my.consents": _("Consents"),
	}


def _results() -> dict[str, str]:
	return {
		"results.one": _("Result"),
		"results.empty": _(
			"There are no results yet. They will show here as soon as they are ready, and we will tell you."
		),
		"results.empty_book": _("Book an analysis"),
		"results.pdf": _("Download PDF"),
		"results.to_list": _("All results"),
		"results.all_normal": _("All values within the reference interval"),
		"results.abnormal": _(
			"{n} of {of} outside the reference interval|{n} of {of} outside the reference interval"
			"|{n} of {of} outside the reference interval"
		),
		"results.status_preliminary": _("Preliminary"),
		"results.status_corrected": _("Corrected"),
		"results.status_cancelled": _("Cancelled result"),
		"results.comment": _("Doctor's comment"),
		"results.doctor": _(
			"A value outside the interval is not a diagnosis. Show the result to your doctor."
		),
		"results.table": _("Values"),
		"results.analyte": _("Analyte"),
		"results.value": _("Value found"),
		"results.reference": _("Reference interval"),
		"results.flag": _("Mark"),
		"flag.normal": _("normal"),
		"flag.H": _("above normal"),
		"flag.HH": _("far above normal"),
		"flag.L": _("below normal"),
		"flag.LL": _("far below normal"),
		"flag.A": _("not normal"),
		"trend.open": _("How it changed"),
		"trend.loading": _("Loading earlier values…"),
		"trend.one": _("There are no earlier values to compare with yet."),
		"trend.alt": _("Chart: {name}, {n} values over time. The same values are in the list below."),
		"trend.band": _("The green band is the reference interval, a red diamond is a value outside it."),
		"trend.table": _("All values"),
	}


def _own_bookings() -> dict[str, str]:
	return {
		"bookings.coming": _("To come"),
		"bookings.past": _("Past"),
		"bookings.none": _("You have no bookings to come."),
		"bookings.new": _("Book me"),
		"bookings.open": _("Move or cancel"),
		**{f"booking.{status}": text for status, text in booking_statuses().items()},
		"contact.full_text": _("Full text"),
		"consents.hint": _("You can take a consent back at any time: it acts at once."),
		"consents.given": _("Given on {date}"),
		"consents.not_given": _("Not given"),
		"consents.give": _("Give consent"),
		"consents.withdraw": _("Take back"),
		"consents.saving": _("Saving…"),
		"consents.now_given": _("The consent is given"),
		"consents.now_withdrawn": _("The consent is taken back"),
		"consents.required_warning": _("Without this consent we cannot serve you. Take it back?"),
	}
