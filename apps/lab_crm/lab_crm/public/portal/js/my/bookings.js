/** The patient's bookings: those to come first, each with its link. */

import { get } from "../core/api.js";
import { h, hidden } from "../core/dom.js";
import { dayTime, local, today } from "../core/format.js";
import { t } from "../core/texts.js";

const OPEN = new Set(["Held", "Booked", "Confirmed", "Checked In"]);
const TAGS = { Cancelled: "span.tag.off", "No Show": "span.tag.warn", Completed: "span.tag.good" };

export const title = () => t("my.bookings");

export async function load({ patient }) {
	const { bookings } = await get("portal.my_bookings", { patient });
	const coming = bookings.filter(({ status }) => OPEN.has(status));
	const past = bookings.filter(({ status }) => !OPEN.has(status));
	return h("div.stack-l", null,
		coming.length ? group(t("bookings.coming"), coming) : h("div.note", null, h("p", null, t("bookings.none"))),
		h("p", null, h("a.button", { href: "/book" }, t("bookings.new"))),
		past.length > 0 && group(t("bookings.past"), past));
}

function group(heading, bookings) {
	return h("section.stack", null, h("h2", null, heading), h("ul.rows", null, bookings.map(row)));
}

function row(booking) {
	const when = dayTime(booking.start, today(local(booking.start).offset));
	return h("li", null,
		h("div.row-head", null, h("b.sentence", null, when), h(TAGS[booking.status] || "span.tag", null, t(`booking.${booking.status}`))),
		h("p", null, booking.services.join(", ")),
		h("p.hint", null, [booking.branch_name, booking.address].filter(Boolean).join(", ")),
		booking.manage_token && h("p", null, h("a", { href: `/b/${booking.manage_token}` }, t("bookings.open"), hidden(`: ${when}`))));
}
