/** A line of values over time on the band of the reference interval, and the same as a table. */

import { h, svg } from "../core/dom.js";
import { fullDate, local, unit as written } from "../core/format.js";
import { t } from "../core/texts.js";

const WIDTH = 340;
const HEIGHT = 190;
const PAD = { left: 16, right: 16, top: 26, bottom: 30 };

/**
 * @param {string} name of the analyte
 * @param {{unit, low?, high?, points: Array<{observed_at, value: number, flag}>}} series oldest first
 * @returns {HTMLElement}
 */
export function trendFigure(name, series) {
	if (series.points.length < 2) return h("p.hint", null, t("trend.one"));
	const scale = scales(series);
	return h("figure.trend", null,
		svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t("trend.alt", { name, n: series.points.length }) },
			band(series, scale),
			svg("line", { class: "axis", x1: PAD.left, x2: WIDTH - PAD.right, y1: HEIGHT - PAD.bottom, y2: HEIGHT - PAD.bottom }),
			svg("polyline", { class: "line", points: series.points.map((point, i) => `${scale.x(i)},${scale.y(point.value)}`).join(" ") }),
			series.points.map((point, i) => dot(point, i, series.points.length, scale))),
		series.low != null || series.high != null ? h("figcaption.hint", null, t("trend.band")) : null,
		h("details", null, h("summary", null, t("trend.table")), list(series)));
}

/** Positions on the drawing: time moves right evenly enough to read, values up; the band is always in sight. */
function scales({ points, low, high }) {
	const values = [...points.map(({ value }) => value), low, high].filter((value) => value != null);
	const min = Math.min(...values);
	const span = Math.max(...values) - min || Math.abs(min) || 1;
	const times = points.map((point) => Date.parse(point.observed_at));
	const first = times[0];
	const length = times.at(-1) - first || 1;
	const inner = WIDTH - PAD.left - PAD.right - 24;
	return {
		x: (i) => PAD.left + 12 + ((times[i] - first) / length) * inner,
		y: (value) => HEIGHT - PAD.bottom - 10 - ((value - min) / span) * (HEIGHT - PAD.top - PAD.bottom - 20),
	};
}

function band({ low, high }, { y }) {
	if (low == null && high == null) return null;
	const top = high == null ? PAD.top - 10 : y(high);
	const bottom = low == null ? HEIGHT - PAD.bottom : y(low);
	return svg("rect", { class: "band", x: PAD.left, width: WIDTH - PAD.left - PAD.right, y: top, height: Math.max(bottom - top, 1) });
}

function dot(point, i, count, { x, y }) {
	const anchor = i === 0 ? "start" : i === count - 1 ? "end" : "middle";
	const edge = i === 0 || i === count - 1;
	const nudge = i === 0 ? -6 : i === count - 1 ? 6 : 0;
	return svg("g", null,
		point.flag
			? svg("rect", { class: "dot off", x: x(i) - 5, y: y(point.value) - 5, width: 10, height: 10, transform: `rotate(45 ${x(i)} ${y(point.value)})` })
			: svg("circle", { class: "dot", cx: x(i), cy: y(point.value), r: 5 }),
		(edge || count <= 6) && svg("text", { x: x(i) + nudge, y: y(point.value) - 11, "text-anchor": anchor }, String(point.value).replace(".", ",")),
		edge && svg("text", { class: "soft", x: x(i) + nudge, y: HEIGHT - 10, "text-anchor": anchor }, dotted(point)));
}

/** "02.03.25": short enough to stand under the first and the last point. */
const dotted = (point) => local(point.observed_at).date.slice(2).split("-").reverse().join(".");

function list({ points, unit }) {
	return h("ul.plain-list", null, [...points].reverse().map((point) => h("li", null,
		`${fullDate(local(point.observed_at).date)}: `,
		h("b", null, String(point.value).replace(".", ","), unit ? ` ${written(unit)}` : ""),
		point.flag ? ` — ${t(`flag.${point.flag}`)}` : "")));
}
