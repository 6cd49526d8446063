"""The patient's pages on a phone, as the browser tests use them."""

from playwright.sync_api import Page, expect

from lab_crm.privacy import consents

SECONDS = 30_000


def foreign(url: str, web: str) -> list[str]:
	"""Return a problem if an address is not the stack's own."""
	return [] if url.startswith((web, "data:", "blob:")) else [f"a foreign address: {url}"]


def expect_page(phone: Page, heading: str) -> None:
	"""The page with this heading is there, and nothing of it sticks out."""
	expect(phone.get_by_role("heading", level=1)).to_contain_text(heading, timeout=SECONDS)
	assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), heading


def fill_in(phone: Page, person: dict[str, str], purposes: tuple[str, ...]) -> None:
	"""Say in the wizard who comes, how to reach them and what they agree to."""
	expect_page(phone, "Кто")
	for field in ("last_name", "first_name", "middle_name"):
		phone.fill(f"#{field}", person[field])
	for part, value in zip(("year", "month", "day"), person["birth_date"].split("-"), strict=True):
		phone.fill(f"#birth-{part}", value)
	phone.get_by_label("Женский").check()
	phone.keyboard.press("Enter")
	phone.fill("#mobile", person["mobile"])
	for purpose in purposes:
		phone.locator(f"#consent-{consents.slug(purpose)}").check()
	phone.locator("form button[type=submit]").click()
