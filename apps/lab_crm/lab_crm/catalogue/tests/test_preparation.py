"""One text of preparation for several services (F3)."""

from lab_crm.catalogue.preparation import Preparation, combine

HUNGRY_8 = Preparation("Натощак 8 часов", "Fasting", 20)
HUNGRY_12 = Preparation("Натощак 12 часов", "Fasting", 50)
URINE = Preparation("Утренняя моча", "Urine", 10)
NOTHING = Preparation("Не нужна", "Other", 0)


def test_of_a_group_the_strictest():
	assert combine([HUNGRY_8, HUNGRY_12, HUNGRY_8]) == "Натощак 12 часов"


def test_groups_one_after_another():
	assert combine([URINE, HUNGRY_8]) == "Натощак 8 часов\n\nУтренняя моча"


def test_nothing_needed_is_said_only_alone():
	assert combine([NOTHING]) == "Не нужна"
	assert combine([NOTHING, URINE]) == "Утренняя моча"
	assert combine([]) == ""


def test_texts_written_by_hand_are_kept_once():
	own = Preparation("Приходите вдвоём")
	assert combine([own, HUNGRY_8, own, Preparation("  ")]) == "Натощак 8 часов\n\nПриходите вдвоём"
