/** One result: every analyte with its flag in words, and how it changed over time. */

import { get } from "../core/api.js";
import { h, hidden } from "../core/dom.js";
import { fullDate, local, unit } from "../core/format.js";
import { failed, waiting } from "../core/forms.js";
import { t } from "../core/texts.js";
import { state } from "./results.js";
import { trendFigure } from "./trend.js";

const ARROWS = { H: "↑", HH: "⇈", L: "↓", LL: "⇊", A: "!" };

export const title = () => t("results.one");

export async function load({ patient, params, goTo }) {
	const result = await get("portal.my_result", { result: params.get("result"), patient });
	const date = local(result.reported_at);
	return h("div.stack-l", null,
		h("p", null, goTo({ show: "results" }, "a.back", t("results.to_list"))),
		h("div", null,
			h("h2", null, result.services.join(", ")),
			h("p", null, `${fullDate(date.date)}, ${date.time}`, " ", result.status !== "Final" && state(result.status))),
		result.pdf_url && h("p.actions", null, h("a.button", { href: result.pdf_url, download: true }, t("results.pdf"))),
		result.items.length > 0 && table(result, patient),
		result.doctor_comment && h("div.note", null, h("h3", null, t("results.comment")), h("p.pre", null, result.doctor_comment)),
		h("p.hint", null, t("results.doctor")));
}

function table({ items }, patient) {
	return h("table.values", null,
		h("caption.vh", null, t("results.table")),
		h("thead", null, h("tr", null, ["analyte", "value", "reference", "flag"].map((name) =>
			h("th", { scope: "col" }, t(`results.${name}`))))),
		h("tbody", null, items.map((item) => row(item, patient))));
}

function row(item, patient) {
	const values = h(item.flag ? "tr.off" : "tr", null,
		h("th", { scope: "row" }, item.analyte_name),
		h("td", null, h("span.value", null, item.value_text, item.unit ? ` ${unit(item.unit)}` : "")),
		h("td", { "data-label": t("results.reference") }, item.reference),
		h("td", null, flag(item)));
	if (!item.has_trend) return values;
	values.classList.add("with-trend");
	return [values, h("tr", null, h("td", { colspan: "4" }, trend(item, patient)))];
}

/** What the mark means, in words with an arrow: colour only repeats it. Without an interval nothing is said. */
function flag({ flag: code, reference_text: reference }) {
	if (!code) return reference ? t("flag.normal") : "";
	return h(code.length === 2 ? "span.flag.severe" : "span.flag", null,
		h("span", { "aria-hidden": "true" }, ARROWS[code] || "!"), t(`flag.${code}`));
}

function trend(item, patient) {
	const body = h("div");
	const load = async () => {
		body.replaceChildren(waiting(t("trend.loading")));
		try {
			const series = await get("portal.my_trend", { analyte: item.analyte, patient });
			body.replaceChildren(trendFigure(item.analyte_name, series));
		} catch (error) {
			body.replaceChildren(failed(error.message, load));
		}
	};
	const fold = h("details", { ontoggle: () => fold.open && !body.childElementCount && load() },
		h("summary", null, t("trend.open"), hidden(`: ${item.analyte_name}`)),
		body);
	return fold;
}
