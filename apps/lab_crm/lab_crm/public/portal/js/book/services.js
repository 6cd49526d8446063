/** Step 1: what to book. Search as you type, groups, and the basket beside it. */

import { get } from "../core/api.js";
import { announce, debounce, h, hidden, svg } from "../core/dom.js";
import { failed, waiting } from "../core/forms.js";
import { money } from "../core/format.js";
import { t, tn } from "../core/texts.js";
import { basket, basketBar } from "./basket.js";
import { link } from "./embed.js";
import { book, setServices } from "./state.js";

const PAGE = 30;
const MAX_PRESELECTED = 20;
const DAY = 24;

let lastSearch = ""; // kept while the page lives, so that Back shows what was found

/** Put services named in the address into the basket (links of the site and of recommendations). */
export async function preselect(codes) {
	const known = new Set(book.state.services.map(({ name }) => name));
	const wanted = codes.filter((code) => !known.has(code)).slice(0, MAX_PRESELECTED);
	const answers = await Promise.allSettled(wanted.map((code) => get("catalogue.get_services", { search: code, branch: book.state.branch, page_length: 5 })));
	const found = answers.flatMap(({ value }, i) => value?.services.filter(({ name }) => name === wanted[i]) || []);
	if (found.length) setServices([...book.state.services, ...found]);
}

export function render(context) {
	const list = h("div.stack", { id: "found" });
	const side = h("aside", { id: "basket" });
	const bar = h("div.bar");
	const proceed = () => {
		if (book.state.services.length) context.next();
		else context.go("services", { replace: true, errors: [{ id: "search", text: t("error.no_services") }] });
	};
	const redraw = () => {
		side.replaceChildren(basket({ data: context.data, proceed, onchange: changed }));
		basketBar(bar, proceed);
	};
	const changed = () => {
		redraw();
		for (const box of list.querySelectorAll("input[data-service]")) {
			box.checked = book.state.services.some(({ name }) => name === box.dataset.service);
		}
	};
	const picked = (service, checked) => {
		const others = book.state.services.filter(({ name }) => name !== service.name);
		setServices(checked ? [...others, service] : others);
		announce(t(checked ? "basket.added" : "basket.removed", { name: service.service_name }));
		redraw();
	};
	redraw();
	const input = searchField((text) => search(list, text, context, picked));
	search(list, lastSearch, context, picked);
	return {
		title: t("services.title"),
		node: h("div.stack-l", null,
			bookedNote(),
			h("div.split", null, h("div.stack", null, input, list), side),
			bar),
	};
}

function bookedNote() {
	const { booked } = book.state;
	return booked && h("div.note.good", null, h("p", null, t("services.booked")),
		h("p", null, link(`/b/${booked.token}`, t("services.booked_link"))));
}

function searchField(onsearch) {
	return h("div.field.search", { role: "search" },
		h("label", { for: "search" }, t("services.search")),
		h("p.hint", { id: "search-hint" }, t("services.search_hint")),
		svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" },
			svg("path", { d: "M10.5 4a6.5 6.5 0 1 0 4 11.6l5 5 1.4-1.4-5-5A6.5 6.5 0 0 0 10.5 4m0 2a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9",
				fill: "currentColor" })),
		h("input.input", { id: "search", type: "search", autocomplete: "off", enterkeyhint: "search", spellcheck: "false",
			"aria-describedby": "search-hint", "aria-controls": "found", value: lastSearch,
			oninput: debounce((event) => onsearch(event.target.value), 200) }));
}

let running = null;

async function search(list, text, context, picked) {
	lastSearch = text;
	running?.abort();
	if (!text.trim()) {
		list.removeAttribute("aria-busy");
		list.replaceChildren(groups(context, picked));
		return;
	}
	running = new AbortController();
	const { signal } = running;
	if (list.querySelector(":scope > .services")) list.firstElementChild.textContent = t("services.searching");
	else list.replaceChildren(waiting(t("services.searching")));
	list.setAttribute("aria-busy", "true");
	await load(list, { search: text.trim() }, context, picked, signal, (total) => {
		announce(total ? tn("services.found", total) : t("services.nothing", { text }));
		return total ? h("p.hint", null, tn("services.found", total)) : nothingFound(text, context);
	});
}

function nothingFound(text, { data }) {
	return h("div.note", null,
		h("p", null, t("services.nothing", { text })),
		h("p", null, t("services.nothing_hint")),
		data.phone && h("p", null, h("a", { href: `tel:${data.phone}` }, t("services.call", { phone: data.phone_text }))));
}

/** Load services into `list` page by page; `head(total)` is what stands above them. */
async function load(list, filter, context, picked, signal, head = () => null) {
	const args = { ...filter, branch: book.state.branch, page_length: PAGE };
	try {
		const { services, total } = await get("catalogue.get_services", { ...args, start: 0 }, signal);
		if (signal?.aborted) return;
		const items = h("ul.services", null, services.map((service) => item(service, picked)));
		list.removeAttribute("aria-busy");
		list.replaceChildren(...[head(total), services.length && items, services.length < total && more(items, args, total, picked)].filter(Boolean));
	} catch (error) {
		if (signal?.aborted) return;
		list.removeAttribute("aria-busy");
		list.replaceChildren(failed(error.message, () => load(list, filter, context, picked, signal, head)));
	}
}

function more(items, args, total, picked) {
	const button = h("button.button.second", { type: "button" }, t("services.more"));
	button.addEventListener("click", async () => {
		const start = items.children.length;
		const { services } = await get("catalogue.get_services", { ...args, start }).catch((error) => {
			announce(error.message);
			return { services: [] };
		});
		items.append(...services.map((service) => item(service, picked)));
		items.children[start]?.querySelector("input").focus();
		if (items.children.length >= total) button.remove();
	});
	return button;
}

function groups(context, picked) {
	return h("div.groups", null, context.data.categories.map(({ name, label, count }) => {
		const body = h("div.stack");
		const group = h("details", null,
			h("summary", null, label, count && h("span.hint", { "aria-hidden": "true" }, String(count))),
			body);
		group.addEventListener("toggle", () => {
			if (!group.open || body.childElementCount) return;
			body.replaceChildren(waiting(t("services.loading")));
			load(body, { category: name }, context, picked);
		});
		return group;
	}));
}

function item(service, picked) {
	const chosen = book.state.services.some(({ name }) => name === service.name);
	const details = [service.description, service.preparation && `${t("services.preparation")}: ${service.preparation}`].filter(Boolean);
	return h("li", null,
		h("label.choice", null,
			h("input", { type: "checkbox", checked: chosen, "data-service": service.name,
				onchange: (event) => picked(service, event.target.checked) }),
			h("span.service-text", null,
				h("span.service-name", null, service.service_name),
				h("span.price", null, hidden(", "), money(service.price, service.currency)))),
		h("div.service-more", null,
			h("p.hint", null, facts(service)),
			details.length > 0 && h("details", null,
				h("summary", null, t("services.details"), hidden(`: ${service.service_name}`)),
				details.map((text) => h("p.pre", null, text)))));
}

function facts({ turnaround_hours: hours, name }) {
	const ready = hours && (hours < DAY ? t("services.same_day") : tn("services.days", Math.ceil(hours / DAY)));
	return [ready, t("services.code", { code: name })].filter(Boolean).join(" · ");
}
