/** Step 3: when. */

import { h } from "../core/dom.js";
import { dayTime, today } from "../core/format.js";
import { slotPicker } from "../core/picker.js";
import { t } from "../core/texts.js";
import { book } from "./state.js";

export function render({ data, go, next }) {
	const { services, branch: name, slot, conflict } = book.state;
	const branch = data.branches.find((one) => one.name === name) || { name, offset: 0 };
	const pick = (chosen, specialist = book.state.specialist) => {
		book.save({ slot: chosen, specialist, conflict: null });
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
				instead: h("p", null, data.branches.length > 1 && elsewhere(t("time.try_other_place")), " ",
					branch.phone && h("a", { href: `tel:${branch.phone}` }, t("time.call"))),
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
