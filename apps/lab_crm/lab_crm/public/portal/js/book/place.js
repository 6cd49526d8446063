/** Step 2: where. One click chooses and goes on. */

import { h } from "../core/dom.js";
import { phone } from "../core/format.js";
import { t } from "../core/texts.js";
import { reprice } from "./prices.js";
import { book, setBranch } from "./state.js";

export function render({ data, next }) {
	const choose = (branch) => {
		setBranch(branch);
		reprice();
		next();
	};
	const cities = [...new Set(data.branches.map(({ city }) => city || ""))];
	return {
		title: t("place.title"),
		node: h("div.narrow.stack-l", null, cities.map((city) => h("section.stack", null,
			cities.length > 1 && h("h2", null, city),
			h("ul.places", null, data.branches.filter((branch) => (branch.city || "") === city).map((branch) =>
				h("li", null, card(branch, choose))))))),
	};
}

function card(branch, choose) {
	const current = branch.name === book.state.branch;
	return h("button.place", { type: "button", "aria-current": current ? "true" : null, onclick: () => choose(branch.name) },
		h("b", null, branch.branch_name),
		h("span", null, branch.address),
		branch.opening_hours && h("span.hint.pre", null, branch.opening_hours),
		branch.phone && h("span.hint", null, phone(branch.phone)));
}
