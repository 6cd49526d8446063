/** The list of results. */

import { get } from "../core/api.js";
import { h, hidden } from "../core/dom.js";
import { fullDate, local } from "../core/format.js";
import { t, tn } from "../core/texts.js";

const FINAL = new Set(["Final", "Corrected"]);

export const title = () => t("my.results");

export async function load({ patient, goTo }) {
	const { results } = await get("portal.my_results", { patient });
	if (!results.length) {
		return h("div.note", null, h("p", null, t("results.empty")),
			h("p", null, h("a", { href: "/book" }, t("results.empty_book"))));
	}
	return h("ul.rows", null, results.map((result) => row(result, goTo)));
}

function row(result, goTo) {
	const date = fullDate(local(result.reported_at).date);
	return h("li", null,
		h("div.row-head", null,
			goTo({ result: result.name }, "a", result.services.join(", "), hidden(`, ${date}`)),
			h("span", null, date)),
		h("p", null, !FINAL.has(result.status) && [state(result.status), " "], summary(result)),
		result.pdf_url && h("p", null, h("a", { href: result.pdf_url, download: true }, t("results.pdf"), hidden(`: ${date}`))));
}

/** Status in words, for what is not simply final. */
export function state(status) {
	return h(status === "Preliminary" ? "span.tag.warn" : "span.tag.off", null, t(`results.status_${status.toLowerCase()}`));
}

function summary({ abnormal, total }) {
	if (!abnormal) return t("results.all_normal");
	return h("span.flag", null, "⚠\uFE0E ", tn("results.abnormal", abnormal, { of: total }));
}
