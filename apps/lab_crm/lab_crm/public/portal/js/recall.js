/** An invitation to a control: one click takes a time, the second books it; or it is declined. */

import { post } from "./core/api.js";
import { h, pageData, show } from "./core/dom.js";
import { busyButton } from "./core/forms.js";
import { dayTime, money, today } from "./core/format.js";
import { t } from "./core/texts.js";
import { uniqueKey } from "./core/store.js";

const data = pageData("page-data");
const host = document.getElementById("app");
const original = [...host.childNodes];
const originalTitle = document.title;
const keys = new Map(); // one idempotency key a time: the same choice sent twice is one booking
let offered = data.slots || [];

const slotOf = (start) => offered.find((slot) => slot.start === start);

function choose(slot) {
	step(`?start=${encodeURIComponent(slot.start)}`, () => confirm(slot));
}

function step(address, view) {
	window.history.pushState({ inside: true }, "", address);
	view();
}

function back(event) {
	if (!window.history.state?.inside) return; // opened straight at this step: the link leads to the invitation
	event.preventDefault();
	window.history.back();
}

const backLink = () => h("p", null, h("a.back", { href: window.location.pathname, onclick: back }, t("back")));

function confirm(slot) {
	const problem = h("div");
	const title = t("recall.confirm_title");
	const book = busyButton(t("check.book"), t("check.booking"), () => submit(slot, problem));
	show(host, {
		title,
		focus: book,
		node: h("div.narrow.stack-l", null,
			backLink(),
			h("h1", null, title),
			h("dl.facts", null,
				fact(t("check.services"), data.services.map((one) => one.service_name).join(", ")),
				fact(t("check.when"), h("span.big", null, dayTime(slot.start, today(data.offset)))),
				fact(t("check.where"), `${data.branch_name}, ${data.address}`),
				data.total != null && fact(t("check.total"), money(data.total))),
			problem,
			h("p.actions", null, book)),
	});
}

const fact = (label, value) => h("div", null, h("dt", null, label), h("dd", null, value));

async function submit(slot, problem) {
	if (!keys.has(slot.start)) keys.set(slot.start, uniqueKey());
	problem.replaceChildren();
	try {
		const made = await post("recall.book", { token: data.token, start: slot.start, idempotency_key: keys.get(slot.start) });
		window.location.replace(`/b/${made.manage_token}?done=booked`);
		await new Promise(() => {}); // stay busy until the next page is there
	} catch (error) {
		const free = error.data?.nearest || [];
		offered = [...offered, ...free];
		const note = h("div.note.danger", { role: "alert", tabindex: "-1" },
			h("p", null, error.message),
			free.length > 0 && h("ul.slots.long", null, free.map((one) => h("li", null,
				h("button.slot", { type: "button", onclick: () => choose(one) }, dayTime(one.start, today(data.offset)))))));
		problem.replaceChildren(note);
		note.focus();
	}
}

function decline() {
	const title = t("recall.decline_title");
	const problem = h("div");
	const send = async () => {
		problem.replaceChildren();
		try {
			await post("recall.dismiss", { token: data.token });
			declined();
		} catch (error) {
			const note = h("p.note.danger", { role: "alert", tabindex: "-1" }, error.message);
			problem.replaceChildren(note);
			note.focus();
		}
	};
	show(host, {
		title,
		node: h("div.narrow.stack-l", null,
			backLink(),
			h("h1", null, title),
			h("p.lede", null, t("recall.decline_text")),
			problem,
			h("p.actions", null,
				busyButton(t("recall.decline"), t("recall.declining"), send),
				h("a", { href: window.location.pathname, onclick: back }, t("recall.keep")))),
	});
}

function declined() {
	const title = t("recall.declined_title");
	window.history.replaceState(null, "", window.location.pathname);
	show(host, {
		title,
		node: h("div.narrow.stack-l", null,
			h("h1", null, title),
			h("p.lede", null, t("recall.decline_text")),
			h("p.actions", null, h("a.button.second", { href: "/book" }, t("recall.book")))),
	});
}

function open() {
	const asked = new URLSearchParams(window.location.search);
	const slot = slotOf(asked.get("start"));
	if (slot) confirm(slot);
	else if (asked.has("decline")) decline();
	else {
		host.replaceChildren(...original);
		document.title = originalTitle;
	}
}

host.addEventListener("click", (event) => {
	const button = event.target.closest("button[data-start]");
	if (button) choose(slotOf(button.dataset.start));
	if (event.target.closest("button[data-decline]")) step("?decline", decline);
});
window.addEventListener("popstate", open);
open();
