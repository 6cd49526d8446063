"""The patient pages without a server: words, escaping, weight, contrast, nothing from outside."""

import gzip
import re
from itertools import chain
from pathlib import Path

import frappe
import pytest
from jinja2 import DebugUndefined, FileSystemLoader, PrefixLoader
from jinja2.sandbox import SandboxedEnvironment

from lab_crm.www import channel_texts, portal_page, texts

APP = Path(__file__).resolve().parent.parent / "apps" / "lab_crm" / "lab_crm"
PORTAL = APP / "public" / "portal"
SCRIPTS = PORTAL / "js"
PAGES = {
	"book/main.js": texts.booking,
	"manage.js": texts.manage,
	"recall.js": texts.recall,
	"pay.js": texts.pay,
	"my/main.js": texts.my,
}
WEIGHT_LIMIT = 200_000
HOSTILE = '"><script>alert(1)</script>'
KEY = re.compile(r'\btn?\("([^"]+)"')
DYNAMIC_KEY = re.compile(r"\btn?\(`([^`$]+)\$")
THIRD_PARTY = re.compile(r"(?:https?:)?//[\w-]+\.[\w.-]+")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
	"""Words as they stand in the source."""
	for module in (texts, channel_texts):
		monkeypatch.setattr(module, "_", lambda text: text)


def scripts_of(entry: str) -> list[Path]:
	"""Return the files a page loads."""
	return [SCRIPTS / url.split("/js/")[1].split("?")[0] for url in portal_page._preload(entry)]


@pytest.mark.parametrize("entry", PAGES)
def test_every_word_a_script_says_is_sent_to_its_page(entry: str):
	sent = PAGES[entry]()
	for path in scripts_of(entry):
		source = path.read_text(encoding="utf-8")
		missing = {key for key in KEY.findall(source) if key not in sent}
		assert not missing, f"{path.name} says {missing}"
		for prefix in DYNAMIC_KEY.findall(source):
			assert any(key.startswith(prefix) for key in sent), f"{path.name} says {prefix}…"


def test_no_word_is_sent_that_no_script_says():
	sources = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS.rglob("*.js"))
	sources += "\n".join(path.read_text(encoding="utf-8") for path in (APP / "www").glob("*.*"))
	prefixes = tuple(DYNAMIC_KEY.findall(sources))
	for key in chain.from_iterable(page() for page in PAGES.values()):
		assert f'"{key}"' in sources.replace(f'"{key}": _(', "") or key.startswith(prefixes), key


@pytest.mark.parametrize("entry", PAGES)
def test_page_is_light(entry: str):
	styles = (PORTAL / "css").glob("*.css")
	files = [*scripts_of(entry), *styles]
	weight = sum(len(gzip.compress(path.read_bytes())) for path in files)
	# The HTML with its words is about 10 KB more.
	assert weight < WEIGHT_LIMIT - 20_000, f"{entry}: {weight} bytes"


def test_nothing_comes_from_outside():
	files = [
		*PORTAL.rglob("*.*"),
		*(APP / "templates" / "portal").glob("*.html"),
		*(APP / "www").glob("*.html"),
	]
	for path in files:
		source = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
		assert not THIRD_PARTY.findall(source), path


def test_json_cannot_leave_its_script_element():
	text = portal_page.to_script({"name": "</script><!--<script>&\u2028"})
	assert not re.search(r"[<>&\u2028]", text)


def test_template_texts_are_escaped():
	# As Frappe does: nothing is escaped unless a template says so.
	env = SandboxedEnvironment(
		loader=PrefixLoader({"lab_crm": FileSystemLoader(APP)}), undefined=DebugUndefined
	)
	env.globals["_"] = lambda text: text
	for path in sorted((APP / "www").glob("*.html")):
		html = env.from_string(path.read_text(encoding="utf-8")).render(page=hostile_page())
		assert HOSTILE not in html, path.name
		assert "&lt;script&gt;" in html, path.name


def hostile_page() -> frappe._dict:
	"""Return a page whose every text tries to be markup."""
	branch = frappe._dict.fromkeys(
		("name", "branch_name", "city", "address", "phone", "phone_text", "how_to_find"), HOSTILE
	)
	branch.update(opening_hours=HOSTILE, bookable=True)
	services = [{"service_name": HOSTILE}]
	when = frappe._dict(start=HOSTILE, when=HOSTILE)
	booking = frappe._dict.fromkeys(
		("name", "when", "status_text", "tone", "total_text", "patient_name", "preparation"), HOSTILE
	)
	booking.update(
		branch=branch,
		services=services,
		specialist_name=HOSTILE,
		calendar_url=HOSTILE,
		is_open=True,
		can_change=True,
	)
	recall = frappe._dict(
		branch=branch, services=services, reason=HOSTILE, total_text=HOSTILE, slots=[when], other_url=HOSTILE
	)
	form = frappe._dict(title=HOSTILE, version_text=HOSTILE, short_text=HOSTILE, text_html="<p>x</p>")
	document = frappe._dict(verdict=HOSTILE, advice=HOSTILE, facts=[(HOSTILE, HOSTILE)])
	place = frappe._dict.fromkeys(
		("name", "branch_name", "city", "address", "price_text", "when", "book_url"), HOSTILE
	)
	listed = frappe._dict(service_name=HOSTILE, url=HOSTILE, price_text=HOSTILE)
	words = dict.fromkeys(
		("back", "services.title", "services.search", "services.search_hint", "my.loading"), HOSTILE
	)
	keys = (
		"title",
		"lang",
		"site",
		"phone",
		"phone_text",
		"legal_name",
		"licence",
		"csrf",
		"refusal",
		"first_step",
		"done",
		"embed",
		"price_text",
		"ready",
		"book_url",
		"canonical",
	)
	offer = frappe._dict(title=HOSTILE, version=HOSTILE, short_text=HOSTILE, text="<p>x</p>")
	payment = frappe._dict.fromkeys(
		("price_text", "amount_text", "until_text", "refund_text", "booking_url"), HOSTILE
	)
	payment.update(state="open", booking=booking, offer=offer)
	return frappe._dict(
		dict.fromkeys(keys, HOSTILE),
		asset=lambda path: path,
		styles=["base"],
		branches=[branch],
		cities=[(HOSTILE, [branch])],
		categories=[{"label": HOSTILE, "count": HOSTILE}],
		service=frappe._dict.fromkeys(("name", "service_name", "description", "preparation"), HOSTILE),
		places=[place],
		groups=[{"label": HOSTILE, "services": [listed]}],
		structured="{}",
		texts=words,
		booking=booking,
		recall=recall,
		form=form,
		payment=payment,
		document=document,
	)


@pytest.mark.parametrize(
	("text", "ground"),
	[
		("ink", "paper"), ("ink", "ground"), ("ink-soft", "paper"), ("ink-soft", "ground"),
		("link", "paper"), ("link", "ground"), ("ink-soft", "brand-tint"), ("link", "brand-tint"),
		("paper", "brand"), ("paper", "danger"), ("paper", "ink-soft"), ("danger", "paper"),
		("danger", "ground"), ("danger-dark", "danger-tint"), ("warn", "warn-tint"), ("good", "good-tint"),
		("brand-dark", "brand-tint"), ("ink", "focus"), ("ink", "band"), ("ink", "warn-tint"),
		("link", "warn-tint"),
	],
)  # fmt: skip
def test_text_stands_out_from_its_ground(text: str, ground: str):
	colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", (PORTAL / "css" / "tokens.css").read_text()))
	light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
	assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: str) -> float:
	"""Relative luminance of a hex colour (WCAG 2.2)."""
	parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
	linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
	return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
