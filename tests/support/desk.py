"""The desk, as the browser tests use it."""

SECONDS = 30_000


def desk_of(browser, stack, role: str):
	"""Return a page of a desk user who has signed in."""
	context = browser.new_context(base_url=stack.web, locale="ru-RU", timezone_id="Europe/Moscow")
	login = stack.login(role)
	answer = context.request.post("/api/method/login", form={"usr": login["user"], "pwd": login["password"]})
	assert answer.ok, answer.text()
	page = context.new_page()
	page.set_default_timeout(SECONDS)
	return page
