"""Phones, SNILS, names, identity: no site needed."""

from datetime import date

import pytest

from lab_crm.patients import matching, person, person_names, phones, policies, snils

BORN = date(1990, 4, 12)


def row(name="PAT-1", **fields):
	card = {
		"name": name,
		"last_name": "Тестова",
		"first_name": "Анна",
		"middle_name": "Петровна",
		"birth_date": BORN,
		"mobile": "+79001234567",
		"email": None,
		"snils": None,
		"status": "Active",
		"identity_key": "key",
	}
	return {**card, **fields}


def someone(**fields):
	given = {"last_name": "Тестова", "first_name": "Анна", "birth_date": BORN, "mobile": "+79001234567"}
	return person.Person(**{"middle_name": "", **given, **fields})


@pytest.mark.parametrize(
	"written",
	[
		"8 (900) 123-45-67",
		"+7 900 123 45 67",
		"79001234567",
		"9001234567",
		"8-900-123-45-67",
		"\t+7(900)1234567 ",
	],
)
def test_one_phone_however_written(written):
	assert phones.to_e164(written.strip()) == "+79001234567"


@pytest.mark.parametrize(
	"written",
	["", "позже", "12345", "8 (900) 123-45-6", "+7 000 000-00-00", "9" * 50, "8 900 123-45-67 доб. 12"],
)
def test_what_is_no_phone(written):
	assert phones.to_e164(written) is None


def test_foreign_phone_keeps_its_country():
	assert phones.to_e164("+375 29 123-45-67") == "+375291234567"


def test_phone_is_shown_and_masked():
	assert phones.show("+79001234567") == "+7 900 123-45-67"
	assert phones.mask("+79001234567") == "+7 9** ***-**-67"


@pytest.mark.parametrize("written", ["112-233-445 95", "11223344595", "112 233 445 95", "001-001-998 00"])
def test_right_snils(written):
	assert snils.parse(written) == written.replace("-", "").replace(" ", "")


@pytest.mark.parametrize(
	"written", ["112-233-445 96", "1122334459", "112233445951", "112-233-445-9a", "", "٠١٢٣٤٥٦٧٨٩٠"]
)
def test_wrong_snils(written):
	assert snils.parse(written) is None


@pytest.mark.parametrize(("number", "check"), [("112233445", 95), ("087654303", 0), ("000000000", 0)])
def test_snils_check_number(number, check):
	assert snils.check_number(number) == check


@pytest.mark.parametrize(
	("number", "total"), [("100356355", 100), ("100079190", 101), ("106897449", 201), ("105978845", 202)]
)
def test_weighted_sums_of_100_and_101_give_zero(number, total):
	assert sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True)) == total
	assert snils.check_number(number) == 0


def test_snils_is_shown_as_on_the_card():
	assert snils.show("11223344595") == "112-233-445 95"


@pytest.mark.parametrize(
	("written", "tidied"),
	[
		("  ТЕСТОВА  ", "Тестова"),
		("тестова - пробная", "Тестова-Пробная"),
		("Тестова—Пробная", "Тестова-Пробная"),
		("Анна   Мария", "Анна Мария"),
		("МАМЕДОВА КЫЗЫ", "Мамедова кызы"),
		("МакТестов", "МакТестов"),
		("О'Тестов", "О'Тестов"),
	],
)
def test_names_are_tidied(written, tidied):
	assert person_names.tidy(written) == tidied


@pytest.mark.parametrize(
	"text", ["Анна2", "http://x.ru", "Анна<b>", "-", "Анна@", "А" * 101, "Анна\nБанк", "🙂"]
)
def test_what_is_no_name(text):
	assert not person_names.is_name(text)


@pytest.mark.parametrize("text", ["Анна", "Тестова-Пробная", "Ли", "О'Тестов", "Мария Луиза", "Müller", "Я"])
def test_what_is_a_name(text):
	assert person_names.is_name(text)


@pytest.mark.parametrize("written", ["ТЁСТОВА", "тестова", "Тестова ", "Tестова", "Тестовa"])
def test_spelling_does_not_split_a_person(written):
	assert person_names.fold(written) == person_names.fold("Тестова")


def test_latin_names_stay_latin():
	assert person_names.fold("Tesco") == "tesco"


def test_ways_to_show_a_name():
	assert person_names.full("Тестова", "Анна", "") == "Тестова Анна"
	assert person_names.polite("Анна", "Петровна") == "Анна Петровна"
	assert person_names.short("Тестова", "Анна", "Петровна") == "Тестова\u00a0А.\u00a0П."


def test_one_person_one_key():
	key = person.identity_key("Тёстова", "АННА", BORN, "+79001234567", None)
	assert key == person.identity_key("тестова ", "Анна", BORN, "+79001234567", "a@example.org")


def test_twins_on_one_phone_have_two_keys():
	anna, inna = someone(), someone(first_name="Инна")
	assert anna.identity_key != inna.identity_key
	assert matching.choose([row()], inna) is None
	assert not matching.similar(row(), row(first_name="Инна"))


def test_without_a_contact_there_is_no_key():
	assert person.identity_key("Тестова", "Анна", BORN, None, None) is None
	nobody = someone(mobile=None)
	assert matching.choose([row(mobile=None)], nobody) is None


def test_exact_match_ignores_the_patronymic():
	assert matching.choose([row(middle_name="")], someone(middle_name="Петровна")) == matching.Match(
		"PAT-1", "exact"
	)


def test_match_by_email_where_there_is_no_phone():
	found = matching.choose(
		[row(mobile=None, email="A@example.org")], someone(mobile=None, email="a@example.org")
	)
	assert found == matching.Match("PAT-1", "exact")


def test_married_name_is_the_same_patient():
	assert matching.choose([row()], someone(last_name="Замужнева")) == matching.Match("PAT-1", "surname")


def test_other_patronymic_and_surname_is_another_patient():
	assert matching.choose([row()], someone(last_name="Замужнева", middle_name="Ильинична")) is None


def test_mother_and_daughter_on_one_phone():
	assert matching.choose([row()], someone(birth_date=date(2015, 4, 12))) is None


def test_snils_beats_a_changed_phone_and_name():
	given = someone(last_name="Замужнева", mobile="+79007654321", snils="112-233-445 95")
	assert matching.choose([row(snils="112-233-445 95")], given) == matching.Match("PAT-1", "snils")


def test_snils_with_another_birth_date_is_not_believed():
	assert (
		matching.choose(
			[row(snils="112-233-445 95")], someone(birth_date=date(1991, 4, 12), snils="112-233-445 95")
		)
		is None
	)


def test_the_active_card_of_two_duplicates_wins():
	cards = [row("PAT-OLD", status="Inactive"), row("PAT-COPY", identity_key=None), row("PAT-NEW")]
	assert matching.choose(cards, someone()) == matching.Match("PAT-NEW", "exact")


def test_similar_cards():
	assert matching.similar(row(), row(mobile="+79007654321"))
	assert matching.similar(row(), row(last_name="Замужнева"))
	assert not matching.similar(row(), row(last_name="Замужнева", mobile=None))


def test_age_turns_on_the_birthday():
	assert person.age(BORN, date(2026, 4, 11)) == 35
	assert person.age(BORN, date(2026, 4, 12)) == 36
	assert person.age(date(2024, 2, 29), date(2025, 2, 28)) == 0


def test_oms_number_check_digit():
	assert policies.oms_number_is_right("7700001234567895")
	assert not policies.oms_number_is_right("7700001234567894")
	assert not policies.oms_number_is_right("770000123456789")
