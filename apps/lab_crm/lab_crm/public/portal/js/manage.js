/** A booking by its link: move it or cancel it. The booking itself is on the page already; this adds the two ways out. */

import { post } from "./core/api.js";
import { h, pageData, show } from "./core/dom.js";
import { busyButton, errorSummary, radios, textField } from "./core/forms.js";
import { dayTime, today } from "./core/format.js";
import { slotPicker } from "./core/picker.js";
import { t } from "./core/texts.js";

const data = pageData("page-data");
const host = document.getElementById("app");
const original = [...host.childNodes];
const originalTitle = document.title;
const REASONS = ["sick", "time", "elsewhere", "price", "mistake", "other"];

let chosen = null; // the slot to move to, until it is confirmed
let conflict = null;
let reason = { pick: "", text: "" };

const views = { time: timeView, confirm: confirmView, cancel: cancelView };

function go(step, errors = []) {
	window.history.pushState({ inside: true }, "", `?step=${step}`);
	render(step, errors);
}

function render(step, errors = []) {
	if (!data.can_change || !views[step] || (step === "confirm" && !chosen)) {
		host.replaceChildren(...original);
		document.title = originalTitle;
		return;
	}
	const view = views[step](errors);
	const summary = errorSummary(errors);
	const node = h("div.narrow.stack-l", null,
		h("p", null, h("a.back", { href: window.location.pathname, onclick: back }, t("back"))),
		summary,
		h("h1", null, view.title),
		view.node);
	show(host, { title: view.title, node, focus: summary || view.focus });
}

function back(event) {
	if (!window.history.state?.inside) return; // opened straight at this step: the link leads to the booking
	event.preventDefault();
	window.history.back();
}

function timeView() {
	const pick = (slot) => {
		chosen = slot;
		conflict = null;
		go("confirm");
	};
	const taken = conflict && h("div.note.warn", { role: "alert", tabindex: "-1" },
		h("h2", null, conflict.message),
		h("p", null, t("manage.still", { when: dayTime(data.start, today(data.offset)) })),
		conflict.slots.length > 0 && h("ul.slots.long", null, conflict.slots.map((slot) => h("li", null,
			h("button.slot", { type: "button", onclick: () => pick(slot) }, dayTime(slot.start, today(data.offset)))))));
	return {
		title: t("manage.move_title"),
		focus: taken,
		node: h("div.stack-l", null,
			taken,
			h("p", null, t("manage.now", { when: dayTime(data.start, today(data.offset)) })),
			slotPicker({
				branch: data.branch, services: data.services, offset: data.offset, horizon: data.horizon_days,
				chosen: data.start, onpick: pick,
				instead: () => data.phone && h("p", null, h("a", { href: `tel:${data.phone}` }, t("time.call"))),
			})),
	};
}

function confirmView() {
	const problem = h("div");
	const move = () => change("booking.reschedule_booking", { start: chosen.start }, "moved", problem);
	const now = today(data.offset);
	return {
		title: t("manage.confirm_title"),
		node: h("div.stack-l", null,
			h("dl.facts", null,
				h("div", null, h("dt", null, t("manage.was")), h("dd", null, dayTime(data.start, now))),
				h("div", null, h("dt", null, t("manage.will")), h("dd.big", null, dayTime(chosen.start, now)))),
			problem,
			h("p.actions", null, busyButton(t("manage.move"), t("manage.moving"), move))),
	};
}

function cancelView(errors) {
	const problem = h("div");
	const details = h("div", { hidden: reason.pick !== "other" }, textField({
		id: "reason-text", label: t("manage.reason_text"), value: reason.text, maxlength: 200,
		oninput: (text) => {
			reason.text = text;
		},
	}));
	const cancel = async () => {
		if (!reason.pick) go("cancel", [{ id: "reason", text: t("error.reason") }]);
		else await change("booking.cancel_booking", { reason: reasonText() }, "cancelled", problem);
	};
	return {
		title: t("manage.cancel_title"),
		node: h("div.stack-l", null,
			h("p", null, dayTime(data.start, today(data.offset))),
			h("div", null, radios({
				id: "reason", label: t("manage.reason"), value: reason.pick, error: errors[0]?.text,
				options: REASONS.map((value) => ({ value, label: t(`reason.${value}`) })),
				onpick: (pick) => {
					reason.pick = pick;
					details.hidden = pick !== "other";
				},
			}), details),
			problem,
			h("p.actions", null,
				busyButton(t("manage.cancel"), t("manage.cancelling"), cancel, "button.button.danger"),
				h("a", { href: window.location.pathname }, t("manage.keep")))),
	};
}

function reasonText() {
	return reason.pick === "other" && reason.text.trim() ? reason.text.trim() : t(`reason.${reason.pick}`);
}

async function change(method, args, done, problem) {
	problem.replaceChildren();
	try {
		await post(method, { token: data.token, ...args });
		window.location.replace(`${window.location.pathname}?done=${done}`);
		await new Promise(() => {}); // stay busy until the next page is there
	} catch (error) {
		if (error.data?.nearest) {
			conflict = { message: error.message, slots: error.data.nearest };
			go("time");
			return;
		}
		const note = h("div.note.danger", { role: "alert", tabindex: "-1" }, h("p", null, error.message));
		problem.replaceChildren(note);
		note.focus();
	}
}

for (const link of host.querySelectorAll("a[data-step]")) {
	link.addEventListener("click", (event) => {
		event.preventDefault();
		go(link.dataset.step);
	});
}
const accept = document.getElementById("accept");
accept?.addEventListener("click", async () => {
	accept.disabled = true;
	await change("waiting_list.accept", {}, "booked", document.getElementById("accept-problem"));
	accept.disabled = false;
});
const shown = () => new URLSearchParams(window.location.search).get("step");
window.addEventListener("popstate", () => render(shown()));
if (shown()) render(shown());
