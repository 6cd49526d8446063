/** Step 6: look at everything once more, then book. */

import { post } from "../core/api.js";
import { h } from "../core/dom.js";
import { busyButton } from "../core/forms.js";
import { dayTime, fullDate, money, phone, today } from "../core/format.js";
import { t } from "../core/texts.js";
import { prepare } from "./basket.js";
import { repriced } from "./prices.js";
import { attemptKey, book, request, total } from "./state.js";
import { inWords, join } from "./wait.js";

// Where an error of the server about a field is shown.
const FIELDS = {
	last_name: ["who", "last_name"],
	first_name: ["who", "first_name"],
	middle_name: ["who", "middle_name"],
	birth_date: ["who", "birth-day", "birth"],
	sex: ["who", "sex"],
	mobile: ["contact", "mobile"],
	email: ["contact", "email"],
	services: ["services", "search"],
	branch: ["place", "app"],
	date_to: ["wait", "period"],
	time_to: ["wait", "hours"],
};

export function render({ data, go }) {
	const { branch: name } = book.state;
	const branch = data.branches.find((one) => one.name === name);
	const problem = h("div");
	const sum = h("dd.price", null, money(total(book.state.services)));
	repriced().then(() => {
		sum.textContent = money(total(book.state.services));
	});
	const waits = Boolean(book.state.wait);
	const button = waits
		? busyButton(t("wait.join"), t("wait.joining"), () => submit(go, problem, (content) => join(content, branch, go)))
		: busyButton(t("check.book"), t("check.booking"), () => submit(go, problem, make));
	return {
		title: t(waits ? "wait.check_title" : "check.title"),
		node: h("div.narrow.stack-l", null,
			facts(branch, sum, go),
			prepare(book.state.services) && h("div.note", null, prepare(book.state.services)),
			problem,
			h("p.actions", null, button)),
	};
}

function facts(branch, sum, go) {
	const { services, slot, wait, patient, consents } = book.state;
	const who = [patient.last_name, patient.first_name, patient.middle_name].filter(Boolean).join(" ");
	const row = (label, value, step) => h("div", null,
		h("dt", null, label),
		value instanceof Node && value.tagName === "DD" ? value : h("dd", null, value),
		step && h("dd.act", null, h("a", { href: `?step=${step}&from=check`, onclick: (event) => {
			event.preventDefault();
			go(step, { from: "check" });
		} }, t("change"), h("span.vh", null, ` ${label.toLowerCase()}`))));
	return h("dl.facts", null,
		row(t("check.services"), h("ul.plain-list", null, services.map((one) => h("li", null, one.service_name))), "services"),
		wait
			? row(t("check.when"), h("dd", null, inWords(wait)), "wait")
			: row(t("check.when"), h("dd.big", null, dayTime(slot.start, today(branch.offset))), "time"),
		row(t("check.where"), [branch.branch_name, h("br"), branch.address], "place"),
		row(t("check.who"), [who, h("br"), `${fullDate(patient.birth_date)}, ${t(`check.${patient.sex.toLowerCase()}`)}`], "who"),
		row(t("check.contact"), [phone(patient.mobile_e164), patient.email && [h("br"), patient.email]], "contact"),
		row(t("check.consents"), consentList(consents), "contact"),
		row(t("check.total"), sum));
}

const consentList = (consents) => h("ul.plain-list", null,
	Object.keys(consents).filter((purpose) => consents[purpose]).map((purpose) => h("li", null, t(`purpose.${purpose}`))));

async function make(content) {
	const { manage_token: token } = await post("booking.create_booking", { ...content, idempotency_key: attemptKey(content) });
	book.clear({ booked: { token } });
	window.location.replace(`/b/${token}?done=booked`);
	await new Promise(() => {}); // the button stays busy until the next page is there
}

async function submit(go, problem, send) {
	problem.replaceChildren();
	try {
		await send(request(book.state));
	} catch (error) {
		refused(error, go, problem);
	}
}

function refused(error, go, problem) {
	const { code, field, message, data } = error;
	if (data.nearest || field === "start") {
		book.save({ slot: null, conflict: { message, slots: data.nearest || [] } });
		go("time", { from: "check" });
		return;
	}
	if (code === "CONSENT_REQUIRED") {
		const errors = data.missing.map((purpose) => ({ id: `consent-${purpose.toLowerCase().replaceAll(" ", "-")}`, text: message }));
		go("contact", { from: "check", errors });
		return;
	}
	const [step, id, of] = FIELDS[(field || "").split(".").pop()] || [];
	if (step) {
		go(step, { from: "check", errors: [{ id, of, text: message }] });
		return;
	}
	const note = h("div.note.danger", { role: "alert", tabindex: "-1" },
		h("p", null, message),
		error.unsure && h("p", null, t("check.kept")));
	problem.replaceChildren(note);
	note.focus();
}
