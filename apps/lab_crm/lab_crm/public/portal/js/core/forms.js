/** Fields with label, hint and error tied together, and the summary of errors that leads to them. */

import { h, hidden } from "./dom.js";
import { t } from "./texts.js";

/**
 * One text field.
 * @param {{id, label, hint?, value?, error?, optional?, width?, oninput?, …}} options everything else becomes an attribute
 */
export function textField({ id, label, hint, value = "", error, optional, width, oninput, ...attributes }) {
	const input = h("input.input", {
		id,
		name: id,
		type: "text",
		value,
		"aria-describedby": describedBy(id, hint, error),
		"aria-invalid": error ? "true" : null,
		oninput: (event) => oninput?.(event.target.value),
		...attributes,
	});
	if (width) input.classList.add(width);
	return h(error ? "div.field.wrong" : "div.field", null,
		h("label", { for: id }, optional ? t("form.optional", { label }) : label),
		hint && h("p.hint", { id: `${id}-hint` }, hint),
		errorText(id, error),
		input);
}

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
 * Radios.
 * @param {{id, label, hint?, options: Array<{value, label, hint?}>, value, error?, row?, onpick}} options
 */
export function radios({ id, label, hint, options, value, error, row, onpick }) {
	return h(error ? "fieldset.field.wrong" : "fieldset.field", { "aria-describedby": describedBy(id, hint, error) },
		h("legend", null, label),
		hint && h("p.hint", { id: `${id}-hint` }, hint),
		errorText(id, error),
		h(row ? "div.choices.row" : "div.choices.stack", null, options.map((option, i) =>
			h("label.choice.boxed", null,
				h("input", {
					id: i ? `${id}-${i}` : id,
					type: "radio",
					name: id,
					value: option.value,
					checked: option.value === value,
					onchange: () => onpick(option.value),
				}),
				h("span", null, option.label, option.hint && h("span.hint", null, h("br"), option.hint))))));
}

/**
 * One tick box.
 * @param {{id, label: (string|Node|Array), checked, error?, onpick: (checked: boolean) => void, below?: Node}} options
 */
export function tick({ id, label, checked, error, onpick, below }) {
	return h(error ? "div.field.wrong" : "div.field", null,
		errorText(id, error),
		h("label.choice", null,
			h("input", {
				id,
				type: "checkbox",
				checked: Boolean(checked),
				"aria-describedby": describedBy(id, null, error),
				"aria-invalid": error ? "true" : null,
				onchange: (event) => onpick(event.target.checked),
			}),
			h("span", null, label)),
		below);
}

/** Digits found in a text, for fields where people type spaces or dots. */
export const digits = (text) => text.replace(/\D/g, "");

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

/**
 * The summary at the top of a page with errors.
 * @param {Array<{id: string, text: string}>} errors each leads to the field with that id
 */
export function errorSummary(errors) {
	if (!errors.length) return null;
	return h("div.errors", { role: "alert", tabindex: "-1", id: "errors" },
		h("h2", null, t("error.title")),
		h("ul", null, errors.map(({ id, text }) => h("li", null, h("a", { href: `#${id}`, onclick: (event) => {
			event.preventDefault();
			const field = document.getElementById(id);
			field?.focus();
			(field?.closest(".field") || field)?.scrollIntoView({ block: "center" });
		} }, text)))));
}

/** A button that can be busy: says so in words, and takes no second click. */
export function busyButton(label, busyLabel, action, spec = "button.button") {
	const button = h(spec, { type: "button" }, label);
	button.addEventListener("click", async () => {
		if (button.getAttribute("aria-disabled") === "true") return;
		button.setAttribute("aria-disabled", "true");
		button.textContent = busyLabel;
		try {
			await action();
		} finally {
			button.removeAttribute("aria-disabled");
			button.textContent = label;
		}
	});
	return button;
}

/** Words while something loads. */
export const waiting = (text) => h("p.wait", { role: "status" }, text);

/** A failed load: what happened, and a button to try again. */
export function failed(message, retry) {
	return h("div.note.danger", { role: "alert" },
		h("p", null, message),
		h("button.button.second", { type: "button", onclick: retry }, t("retry")));
}

/** "New tab" said to screen readers and shown to all. */
export const outLink = (href, label) =>
	h("a", { href, target: "_blank", rel: "noopener" }, label, hidden(` ${t("new_tab")}`));

function errorText(id, error) {
	return error && h("span.error", { id: `${id}-error` }, hidden(`${t("error.word")}: `), error);
}

function describedBy(id, hint, error) {
	return [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null;
}
