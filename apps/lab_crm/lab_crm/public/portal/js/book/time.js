/** Step 3: when. */

import { get } from "../core/api.js";
import { h } from "../core/dom.js";
import { dayTime, today } from "../core/format.js";
import { waiting } from "../core/forms.js";
import { slotPicker } from "../core/picker.js";
import { t } from "../core/texts.js";
import { reprice } from "./prices.js";
import { book, setBranch } from "./state.js";

export function render({ data, go, next }) {
	const { services, branch: name, slot, conflict } = book.state;
	const branch = data.branches.find((one) => one.name === name) || { name, offset: 0 };
	const pick = (chosen, specialist = book.state.specialist) => {
		book.save({ slot: chosen, specialist, wait: null, conflict: null });
		next();
	};
	const elsewhere = (text) => h("button.link-button", { type: "button", onclick: () => go("place") }, text);
	const taken = conflict && takenNote(conflict, branch, pick);
	return {
		title: t("time.title"),
		focus: taken,
		node: h("div.stack-l", null,
			taken,
			h("p", null, h("b", null, branch.branch_name), h("br"), branch.address,
				data.branches.length > 1 && [h("br"), elsewhere(t("time.other_place"))]),
			slotPicker({
				branch: name,
				services: services.map((service) => service.name),
				offset: branch.offset,
				horizon: branch.horizon_days,
				bySpecialist: services.some(({ kind }) => kind === "Consultation"),
				chosen: slot?.start,
				instead: () => h("div.stack", null,
					h("p", null, h("button.button", { type: "button", onclick: () => go("wait") }, t("wait.join"))),
					data.branches.length > 1 && soonElsewhere(data, go),
					branch.phone && h("p", null, h("a", { href: `tel:${branch.phone}` }, t("time.call")))),
				onpick: pick,
			})),
	};
}

/** Somebody was quicker: the nearest free times, one click each; what was typed is kept. */
function takenNote({ message, slots }, branch, pick) {
	return h("div.note.warn", { role: "alert", tabindex: "-1" },
		h("h2", null, message),
		h("p", null, t("time.kept")),
		slots.length > 0 && h("ul.slots.long", null, slots.map((slot) => h("li", null,
			h("button.slot", { type: "button", onclick: () => pick(slot) }, dayTime(slot.start, today(branch.offset)))))));
}

/** Other branches that have time soon, one click each. */
function soonElsewhere(data, go) {
	const { services, branch } = book.state;
	const list = h("div", null, waiting(t("slots.loading")));
	const offer = ({ branch: name, branch_name: title, address, start }) => {
		const there = data.branches.find((one) => one.name === name);
		return h("li", null, h("button.place", { type: "button", onclick: () => {
			setBranch(name);
			reprice();
			go("time");
		} }, h("b", null, title), h("span", null, address), h("span", null, dayTime(start, today(there?.offset || 0)))));
	};
	get("booking.suggest", { services: services.map(({ name }) => name), branch }).then(({ alternatives }) => {
		list.replaceChildren(...[
			alternatives.length > 0 && h("h3", null, t("time.soon_elsewhere")),
			h("ul.places", null, alternatives.map(offer)),
		].filter(Boolean));
	}, () => list.replaceChildren()); // help only: the way to the list of branches is above
	return list;
}
