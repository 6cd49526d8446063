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

/** The error of field `id`, with the word "error" for those who do not see red. */
export function errorText(id, error) {
	return error && h("span.error", { id: `${id}-error` }, hidden(`${t("error.word")}: `), error);
}

/** Ids of the hint and error for aria-describedby. */
export function describedBy(id, hint, error) {
	return [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null;
}
