/** After booking inside a page of another site: what was booked stays there, the booking's own page opens beside it. */

import { h } from "../core/dom.js";
import { dayTime, money, today } from "../core/format.js";
import { outLink } from "../core/forms.js";
import { t } from "../core/texts.js";
import { prepare } from "./basket.js";
import { total } from "./state.js";

/**
 * The view of a booking that has just been made.
 * @param {object} made the answer of booking.create_booking
 * @param {{services: Array, branch: object}} chosen
 */
export function render(made, { services, branch }) {
	const row = (label, ...value) => h("div", null, h("dt", null, label), h("dd", null, value));
	const preparation = prepare(services);
	return {
		title: t(made.status === "Held" ? "done.held" : "done.title"),
		node: h("div.narrow.stack-l", null,
			h("dl.facts", null,
				row(t("done.number"), h("b", null, made.booking)),
				h("div", null, h("dt", null, t("check.when")), h("dd.big", null, dayTime(made.start, today(branch.offset)))),
				row(t("check.where"), branch.branch_name, h("br"), branch.address),
				row(t("check.services"), h("ul.plain-list", null, services.map((one) => h("li", null, one.service_name)))),
				row(t("check.total"), money(total(services) == null ? null : made.total, made.currency))),
			preparation && h("div.note", null, preparation),
			h("p.actions", null,
				h("a.button.second", { href: `/api/method/lab_crm.api.booking.calendar?token=${made.manage_token}` }, t("done.calendar")),
				outLink(made.payment_url || `/b/${made.manage_token}`, t(made.status === "Held" ? "done.pay" : "done.manage")))),
	};
}
