/** The date of birth: three small fields, and what can be wrong with them. */

import { h } from "../core/dom.js";
import { describedBy, errorText } from "../core/forms.js";
import { t } from "../core/texts.js";

/**
 * A date as three numbers, the way people say it; no calendar to scroll back sixty years in.
 * @param {{id, label, hint, value: {day, month, year}, error?, part?: string, onpart: (part, text) => void}} options
 *   `part`: which of the three is at fault
 */
export function dateField({ id, label, hint, value, error, part, onpart }) {
	const inputs = ["day", "month", "year"].map((name) => {
		const faulty = error && (!part || part === name);
		const input = h(name === "year" ? "input.input.w4" : "input.input.w2", {
			id: `${id}-${name}`,
			name: `${id}-${name}`,
			type: "text",
			inputmode: "numeric",
			maxlength: name === "year" ? 4 : 2,
			autocomplete: `bday-${name}`,
			value: value[name] || "",
			"aria-invalid": faulty ? "true" : null,
			oninput: (event) => onpart(name, event.target.value.trim()),
		});
		return h("div", null, h("label", { for: input.id }, t(`form.${name}`)), input);
	});
	return h(error ? "fieldset.field.wrong" : "fieldset.field", { "aria-describedby": describedBy(id, hint, error) },
		h("legend", null, label),
		hint && h("p.hint", { id: `${id}-hint` }, hint),
		errorText(id, error),
		h("div.dates", null, inputs));
}

/**
 * Check a date of birth typed in three parts.
 * @returns {{date?: string, error?: string, part?: string}} date as YYYY-MM-DD, or what is wrong and where
 */
export function birthDate({ day = "", month = "", year = "" }, today) {
	const missing = [["day", day], ["month", month], ["year", year]].find(([, text]) => !text);
	if (!day && !month && !year) return { error: t("error.birth_empty"), part: "day" };
	if (missing) return { error: t(`error.birth_${missing[0]}`), part: missing[0] };
	const [d, m, y] = [day, month, year].map((text) => (/^\d+$/.test(text) ? Number(text) : NaN));
	if (!(m >= 1 && m <= 12)) return { error: t("error.birth_unreal"), part: "month" };
	if (!/^\d{4}$/.test(year)) return { error: t("error.birth_year4"), part: "year" };
	const moment = new Date(Date.UTC(y, m - 1, d));
	if (!(d >= 1) || moment.getUTCMonth() !== m - 1) return { error: t("error.birth_unreal"), part: "day" };
	const date = moment.toISOString().slice(0, 10);
	if (date > today) return { error: t("error.birth_future"), part: "year" };
	if (y < Number(today.slice(0, 4)) - 120) return { error: t("error.birth_year4"), part: "year" };
	return { date };
}
