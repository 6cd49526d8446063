/** The basket: what is chosen, what it costs, how to prepare, and a panel that would cost less. */

import { get } from "../core/api.js";
import { announce, h, hidden } from "../core/dom.js";
import { money } from "../core/format.js";
import { t, tn } from "../core/texts.js";
import { book, preparation, setServices, total } from "./state.js";

/** The side panel; `onchange` is called when the basket was changed from here. */
export function basket({ proceed, onchange }) {
	const { services } = book.state;
	if (!services.length) {
		return h("div.card", null, h("h2", null, t("basket.title")), h("p.hint", null, t("basket.empty")));
	}
	const offer = h("div");
	suggest(offer, onchange);
	return h("div.card", null,
		h("h2", null, t("basket.title")),
		h("ul.basket-list", null, services.map((service) => line(service, onchange))),
		h("p.total", null, h("span", null, t("basket.total")), h("span.price", null, money(total(services)))),
		h("p.only-wide", null, h("button.button", { type: "button", onclick: proceed }, t("basket.proceed"))),
		offer,
		prepare(services));
}

/** Fill the bar at the bottom of a phone. */
export function basketBar(bar, proceed) {
	const { services } = book.state;
	bar.hidden = !services.length;
	bar.replaceChildren(
		h("p.sum", null, money(total(services)), h("a", { href: "#basket", onclick: toBasket }, tn("basket.count", services.length))),
		h("button.button", { type: "button", onclick: proceed }, t("basket.proceed")));
}

/** Preparation of all chosen services, equal texts once. */
export function prepare(services) {
	const texts = preparation(services);
	if (!texts.length) return null;
	return h("div.stack", null,
		h("h3", null, t("prepare.title")),
		texts.map(({ text, names }) => h("div", null,
			texts.length > 1 && h("p.hint", null, names.join(", ")),
			h("p.pre", null, text))));
}

function toBasket(event) {
	event.preventDefault();
	const side = document.getElementById("basket");
	side.tabIndex = -1;
	side.scrollIntoView();
	side.focus({ preventScroll: true });
}

function line(service, onchange) {
	return h("li", null,
		h("span", null, service.service_name),
		h("span.price", null, money(service.price, service.currency)),
		h("button.link-button", { type: "button", onclick: () => {
			setServices(book.state.services.filter(({ name }) => name !== service.name));
			announce(t("basket.removed", { name: service.service_name }));
			onchange();
		} }, t("basket.remove"), hidden(` ${service.service_name}`)));
}

/** Ask for a panel that fits the basket. Help only: when it cannot be had, nothing is missing. */
async function suggest(holder, onchange) {
	const codes = book.state.services.map(({ name }) => name);
	const { panels = [] } = await get("booking.suggest", { services: codes, branch: book.state.branch }).catch(() => ({}));
	const [best] = panels;
	if (!best || !holder.isConnected) return;
	const pays = best.extra <= 0;
	holder.replaceChildren(h("div.note", null,
		h("p", null, h("b", null, best.panel_name), ` — ${money(best.price)}`),
		best.text && h("p", null, best.text),
		best.saving > 0 && !best.text?.includes(money(best.saving))
			&& h("p", null, t("basket.saving", { saving: money(best.saving) })),
		h("button.button.second", { type: "button", onclick: () => take(best, onchange) },
			pays ? t("basket.swap") : t("basket.add_panel", { extra: money(best.extra) }))));
}

async function take(offer, onchange) {
	const answer = await get("catalogue.get_services", { search: offer.panel, branch: book.state.branch, page_length: 5 })
		.catch(() => ({ services: [] }));
	const panel = answer.services.find(({ name }) => name === offer.panel);
	if (!panel) {
		announce(t("error.server"));
		return;
	}
	const rest = book.state.services.filter(({ name }) => !offer.covers.includes(name));
	setServices([...rest, panel]);
	announce(t("basket.added", { name: panel.service_name }));
	onchange();
}
