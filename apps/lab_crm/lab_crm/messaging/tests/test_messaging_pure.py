"""The decision, the texts, the SMS arithmetic: no site needed."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from lab_crm.messaging import calendar_file, russian, sms, starter_texts, text, vocabulary
from lab_crm.messaging.decide import EXPLANATIONS, Facts, Policy, decide, end_of_quiet

MOSCOW, YEKATERINBURG = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Yekaterinburg")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=MOSCOW)
POLICY = Policy()
FACTS = Facts(
	purpose="Service Messages",
	channel="SMS",
	recipient="+79001234567",
	local_time=NOON,
	consents=frozenset({"Service Messages"}),
)


def test_allowed_with_the_consent():
	assert decide(FACTS, POLICY).reason_code == "CONSENT"
	assert decide(FACTS, POLICY).allowed


@pytest.mark.parametrize(
	("change", "code"),
	[
		({"consents": frozenset()}, "NO_CONSENT"),
		({"consents": frozenset({"Marketing"})}, "NO_CONSENT"),
		({"consents": frozenset(), "withdrawn": frozenset({"Service Messages"})}, "CONSENT_WITHDRAWN"),
		({"channel": None}, "NO_TEMPLATE"),
		({"channel_enabled": False}, "CHANNEL_OFF"),
		({"recipient": None}, "NO_RECIPIENT"),
		({"patient_active": False}, "PATIENT_INACTIVE"),
		({"is_duplicate": True}, "DUPLICATE"),
		({"sent_in_period": 6}, "CAP"),
		({"useless_after": NOON}, "EXPIRED"),
	],
)
def test_each_reason_not_to_send(change, code):
	decision = decide(replace(FACTS, **change), POLICY)
	assert (decision.allowed, decision.reason_code) == (False, code)
	assert EXPLANATIONS[code].format(**decision.details)


def test_marketing_has_a_cap_of_its_own():
	offer = replace(FACTS, purpose="Marketing", consents=frozenset({"Marketing"}), sent_in_period=1)
	assert decide(offer, POLICY).reason_code == "CAP"
	assert decide(offer, replace(POLICY, marketing_cap=2)).allowed


def test_a_cap_of_zero_stops_marketing():
	offer = replace(FACTS, purpose="Marketing", consents=frozenset({"Marketing"}))
	assert decide(offer, replace(POLICY, marketing_cap=0)).reason_code == "CAP"


def test_a_code_the_patient_asked_for_needs_no_consent():
	code = replace(FACTS, purpose="Requested by Patient", consents=frozenset(), is_answer=True)
	assert decide(code, POLICY).reason_code == "REQUESTED"


def test_an_answer_ignores_quiet_hours_and_caps():
	night = replace(FACTS, local_time=NOON.replace(hour=23), is_answer=True, sent_in_period=50)
	assert decide(night, POLICY).not_before is None


def test_an_answer_still_needs_its_consent():
	assert not decide(replace(FACTS, is_answer=True, consents=frozenset()), POLICY).allowed


@pytest.mark.parametrize(
	("hour", "minute", "until"),
	[
		(20, 59, None),
		(21, 0, datetime(2026, 11, 22, 9, 0, tzinfo=MOSCOW)),
		(23, 59, datetime(2026, 11, 22, 9, 0, tzinfo=MOSCOW)),
		(0, 0, datetime(2026, 11, 21, 9, 0, tzinfo=MOSCOW)),
		(8, 59, datetime(2026, 11, 21, 9, 0, tzinfo=MOSCOW)),
		(9, 0, None),
	],
)
def test_quiet_hours_over_midnight(hour, minute, until):
	assert end_of_quiet(NOON.replace(hour=hour, minute=minute), POLICY) == until


def test_quiet_hours_within_a_day_and_none_at_all():
	siesta = replace(POLICY, quiet_from=time(12), quiet_to=time(14))
	assert end_of_quiet(NOON, siesta) == NOON.replace(hour=14)
	assert end_of_quiet(NOON, replace(POLICY, quiet_from=time(0), quiet_to=time(0))) is None


def test_it_is_night_where_the_patient_is():
	evening = NOON.replace(hour=19, minute=30)
	assert decide(replace(FACTS, local_time=evening), POLICY).not_before is None
	there = decide(replace(FACTS, local_time=evening.astimezone(YEKATERINBURG)), POLICY)
	assert there.reason_code == "QUIET_HOURS"
	assert there.not_before == datetime(2026, 11, 22, 9, 0, tzinfo=YEKATERINBURG)


def test_what_would_arrive_after_its_time_is_not_sent():
	late = replace(FACTS, local_time=NOON.replace(hour=22), useless_after=NOON + timedelta(hours=20))
	assert decide(late, POLICY).reason_code == "EXPIRED"
	assert decide(replace(late, useless_after=NOON + timedelta(hours=22)), POLICY).allowed


def test_variables_are_replaced_and_nothing_is_evaluated():
	assert text.render("{{ a }} и {{b}}", {"a": "{{ b }}", "b": "{{ 7*7 }}"}) == "{{ b }} и {{ 7*7 }}"
	assert text.has_stray_braces("{% for x in y %}")
	assert text.has_stray_braces("{{ a.b }}")
	assert text.has_stray_braces("{{ a|upper }}")
	assert not text.has_stray_braces("{{ a }} { b }")


def test_a_line_without_values_is_left_out():
	template = "Ждём вас.\nПодготовка: {{ preparation }}\nДо встречи, {{ name }}"
	assert text.render(template, {"name": "Анна"}) == "Ждём вас.\nДо встречи, Анна"
	assert text.render(template, {"preparation": "не есть"}) == "Ждём вас.\nПодготовка: не есть"


def test_plural_in_a_text():
	template = "{{ minutes|минуту|минуты|минут }}"
	assert [text.render(template, {"minutes": n}) for n in (1, 3, 5, 0)] == [
		"1\u00a0минуту",
		"3\u00a0минуты",
		"5\u00a0минут",
		"0\u00a0минут",
	]


def test_unknown_variables_are_named():
	assert text.unknown_variables("{{ code }} {{ diagnosis }}", ("code",)) == ["diagnosis"]


@pytest.mark.parametrize(
	("number", "word"),
	[
		(0, "минут"),
		(1, "минута"),
		(2, "минуты"),
		(5, "минут"),
		(11, "минут"),
		(12, "минут"),
		(21, "минута"),
		(112, "минут"),
	],
)
def test_plural(number, word):
	assert russian.plural(number, "минута", "минуты", "минут") == word


def test_dates_as_people_say_them():
	moment = datetime(2026, 11, 21, 8, 30)
	assert russian.day_time(moment) == "21\u00a0ноября, 08:30"
	assert russian.day_month(date(2027, 1, 5), date(2026, 12, 30)) == "5\u00a0января 2027"
	assert russian.near_day(date(2026, 11, 22), date(2026, 11, 21)) == "завтра"
	assert russian.near_day(date(2026, 11, 21), date(2026, 11, 21)) == "сегодня"
	assert russian.weekday(moment) == "суббота"


def test_no_break_spaces():
	assert russian.typeset("Ждём вас в 8 часов, и 500 ₽") == "Ждём вас в\u00a08 часов, и\u00a0500\u00a0₽"


@pytest.mark.parametrize(
	("written", "parts"),
	[
		("", 0),
		("a" * 160, 1),
		("a" * 161, 2),
		("a" * 306, 2),
		("a" * 307, 3),
		("€" * 80, 1),
		("€" * 81, 2),
		("я" * 70, 1),
		("я" * 71, 2),
		("я" * 134, 2),
		("я" * 135, 3),
		("🙂" * 35, 1),
		("🙂" * 36, 2),
	],
)
def test_sms_parts(written, parts):
	assert sms.segments(written) == parts


def test_sms_has_no_costly_characters():
	assert sms.tidy("8\u00a0часов — и\n\n\n всё") == "8 часов - и\nвсё"


@pytest.mark.parametrize("template", starter_texts.TEMPLATES, ids=lambda row: row["template_name"])
def test_starter_texts_use_known_variables(template):
	known = vocabulary.known_variables(template["event"])
	assert known
	for field in ("subject", "body"):
		assert text.unknown_variables(template.get(field, ""), known) == []
		assert not text.has_stray_braces(template.get(field, ""))


@pytest.mark.parametrize("template", starter_texts.TEMPLATES, ids=lambda row: row["template_name"])
def test_starter_texts_read_well_with_and_without_optional_parts(template):
	full = {
		name: vocabulary.VARIABLES[name].example for name in vocabulary.known_variables(template["event"])
	}
	for values in (
		full,
		{**full, "preparation": "", "how_to_find": "", "specialist": "", "clinic_phone": ""},
	):
		written = text.render(template["body"], values)
		assert "{" not in written
		assert ": \n" not in written
		if template["channel"] == "SMS":
			assert sms.segments(sms.tidy(written)) <= 5


def test_every_variable_is_explained():
	used = {name for event in vocabulary.EVENTS.values() for name in event.variables}
	assert used == set(vocabulary.VARIABLES)


def test_calendar_file_of_a_visit():
	start = datetime(2026, 11, 21, 8, 30, tzinfo=MOSCOW)
	written = calendar_file.visit(
		"BKG-TEST0001@lab",
		start,
		start + timedelta(minutes=10),
		"Визит в лабораторию",
		"Примерная ул., 15",
		"Не есть",
		stamp=NOON,
	)
	event = icalendar.Calendar.from_ical(written).walk("VEVENT")[0]
	assert event.decoded("dtstart") == datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
	assert str(event["location"]) == "Примерная ул., 15"
	assert all(len(line.encode()) <= 75 for line in written.split("\r\n"))


@pytest.mark.parametrize(
	("written", "characters", "parts", "left", "is_latin"),
	[
		("", 0, 0, 160, True),
		("a" * 160, 160, 1, 0, True),
		("a" * 161, 161, 2, 145, True),
		("€", 2, 1, 158, True),
		("я", 1, 1, 69, False),
		("я" * 71, 71, 2, 63, False),
		("я" * 134, 134, 2, 0, False),
		("😀", 2, 1, 68, False),
	],
)
def test_what_a_text_takes(written, characters, parts, left, is_latin):
	assert sms.measure(written) == sms.Measure(characters, parts, left, is_latin)


def test_a_text_in_latin_letters():
	assert russian.transliterate("Щука и Ёж съели №1 «Объём»") == 'Shchuka i Ezh sieeli No1 "Obieem"'
	assert sms.measure(russian.transliterate(GSM_ALL)).is_latin


GSM_ALL = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя — № ₽"


@pytest.mark.parametrize("template", starter_texts.TEMPLATES, ids=lambda row: row["template_name"])
def test_starter_texts_go_by_a_consent_of_their_event(template):
	event = vocabulary.EVENTS[template["event"]]
	assert template["purpose"] in event.purposes
	assert event.can_answer or not template.get("is_answer")


def test_only_what_the_patient_asked_for_needs_no_consent():
	free = [name for name, event in vocabulary.EVENTS.items() if vocabulary.REQUESTED in event.purposes]
	assert free == ["portal.code"]


# consents of the patient, withdrawn ones → what a service message and an offer are answered (F98)
BOTH, NONE = frozenset({"Service Messages", "Marketing"}), frozenset()
SERVICE_ONLY, MARKETING_ONLY = frozenset({"Service Messages"}), frozenset({"Marketing"})


@pytest.mark.parametrize(
	("given", "withdrawn", "service", "marketing"),
	[
		(BOTH, NONE, "CONSENT", "CONSENT"),
		(SERVICE_ONLY, NONE, "CONSENT", "NO_CONSENT"),
		(SERVICE_ONLY, MARKETING_ONLY, "CONSENT", "CONSENT_WITHDRAWN"),
		(MARKETING_ONLY, NONE, "NO_CONSENT", "CONSENT"),
		(MARKETING_ONLY, SERVICE_ONLY, "CONSENT_WITHDRAWN", "CONSENT"),
		(NONE, BOTH, "CONSENT_WITHDRAWN", "CONSENT_WITHDRAWN"),
		(NONE, NONE, "NO_CONSENT", "NO_CONSENT"),
	],
)
def test_no_purpose_borrows_the_consent_of_another(given, withdrawn, service, marketing):
	facts = replace(FACTS, consents=given, withdrawn=withdrawn)
	assert decide(facts, POLICY).reason_code == service
	assert decide(replace(facts, purpose="Marketing"), POLICY).reason_code == marketing


# what stands in the way at once → the reason that is told: what staff can mend least comes first
@pytest.mark.parametrize(
	("change", "code"),
	[
		({"channel_enabled": False, "consents": NONE}, "CHANNEL_OFF"),
		({"patient_active": False, "recipient": None}, "PATIENT_INACTIVE"),
		({"recipient": None, "consents": NONE}, "NO_RECIPIENT"),
		({"consents": NONE, "is_duplicate": True, "sent_in_period": 99}, "NO_CONSENT"),
		({"is_duplicate": True, "sent_in_period": 99}, "DUPLICATE"),
		({"sent_in_period": 6, "local_time": NOON.replace(hour=23)}, "CAP"),
		({"local_time": NOON.replace(hour=23), "useless_after": NOON.replace(hour=23, minute=30)}, "EXPIRED"),
		({"local_time": NOON.replace(hour=23), "is_answer": True, "is_duplicate": True}, "DUPLICATE"),
		({"local_time": NOON.replace(hour=23)}, "QUIET_HOURS"),
	],
)
def test_one_reason_is_told_when_several_stand_in_the_way(change, code):
	assert decide(replace(FACTS, **change), POLICY).reason_code == code
