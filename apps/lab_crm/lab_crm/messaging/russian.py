"""Russian in texts for patients: dates as people say them, plural forms, no-break spaces."""

import re
from datetime import date, datetime, timedelta

NBSP = "\u00a0"
MONTHS = (
	"января",
	"февраля",
	"марта",
	"апреля",
	"мая",
	"июня",
	"июля",
	"августа",
	"сентября",
	"октября",
	"ноября",
	"декабря",
)
WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_SHORT_WORD = re.compile(
	r"(?<![^\s«(])((?:[аиоукс]|в|во|на|не|по|за|до|из|от|об|со|ко|ул\.|д\.|г\.|пр\.)) ", re.IGNORECASE
)
_MONEY = re.compile(r"(?<=\d) (?=₽|руб)")

# As in passports (ICAO Doc 9303); the soft sign is left out.
_LATIN = dict(
	zip(
		"абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
		"a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y  e iu ia".split(" "),
		strict=True,
	)
)
_PUNCTUATION = {"«": '"', "»": '"', "№": "No", "₽": "rub.", "—": "-", "–": "-", "…": "...", NBSP: " "}


def day_month(moment: date, today: date | None = None) -> str:
	"""Return `21 ноября`; with the year when it is not the year of `today`."""
	text = f"{moment.day}{NBSP}{MONTHS[moment.month - 1]}"
	return f"{text} {moment.year}" if today and today.year != moment.year else text


def day_time(moment: datetime, today: date | None = None) -> str:
	"""Return `21 ноября, 08:30`."""
	return f"{day_month(moment, today)}, {moment:%H:%M}"


def weekday(moment: date) -> str:
	"""Return the day of the week in the nominative: `суббота`."""
	return WEEKDAYS[moment.weekday()]


def near_day(moment: date, today: date) -> str:
	"""Return `сегодня`, `завтра` or `21 ноября`."""
	if moment == today:
		return "сегодня"
	if moment == today + timedelta(days=1):
		return "завтра"
	return day_month(moment, today)


def plural(number: int, one: str, few: str, many: str) -> str:
	"""Return the form of a word that goes with a number: 1 минута, 2 минуты, 5 минут, 11 минут, 21 минута."""
	last, last_two = abs(number) % 10, abs(number) % 100
	if last == 1 and last_two != 11:
		return one
	return few if 2 <= last <= 4 and not 12 <= last_two <= 14 else many


def counted(number: int, one: str, few: str, many: str) -> str:
	"""Return `5 минут`, with a no-break space."""
	return f"{number}{NBSP}{plural(number, one, few, many)}"


def typeset(text: str) -> str:
	"""Return the text with no-break spaces after short words and before the rouble; not for SMS."""
	return _MONEY.sub(NBSP, _SHORT_WORD.sub(rf"\1{NBSP}", text))


def transliterate(text: str) -> str:
	"""Return a Russian text in Latin letters, of which more fit into an SMS."""
	return "".join(_in_latin(char) for char in text)


def _in_latin(char: str) -> str:
	found = _LATIN.get(char.lower())
	if found is None:
		return _PUNCTUATION.get(char, char)
	return found.capitalize() if char != char.lower() else found
