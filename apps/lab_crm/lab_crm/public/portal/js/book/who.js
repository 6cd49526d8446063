/** Step 4: who comes. */

import { h } from "../core/dom.js";
import { radios, textField } from "../core/forms.js";
import { today } from "../core/format.js";
import { t } from "../core/texts.js";
import { birthDate, dateField } from "./birth.js";
import { book } from "./state.js";

const put = (changes) => book.save({ patient: { ...book.state.patient, ...changes } });

export function render({ go, next, errors }) {
	const { patient } = book.state;
	const wrong = Object.fromEntries(errors.map((error) => [error.of || error.id, error]));
	const name = (id, options) => textField({
		id, label: t(`form.${id}`), value: patient[id], error: wrong[id]?.text, width: "short", maxlength: 140, spellcheck: "false",
		oninput: (text) => put({ [id]: text }), ...options,
	});
	const proceed = () => {
		const found = check(book.state.patient);
		if (found.length) go("who", { replace: true, errors: found, from: new URLSearchParams(window.location.search).get("from") });
		else next();
	};
	return {
		title: t("who.title"),
		node: form(proceed,
			h("p", null, t("who.hint")),
			name("last_name", { autocomplete: "family-name" }),
			name("first_name", { autocomplete: "given-name" }),
			name("middle_name", { autocomplete: "additional-name", optional: true }),
			dateField({
				id: "birth", label: t("form.birth_date"), hint: t("form.birth_hint"), value: patient.birth || {},
				error: wrong.birth?.text, part: wrong.birth?.part,
				onpart: (part, text) => {
					const birth = { ...book.state.patient.birth, [part]: text };
					put({ birth, birth_date: birthDate(birth, today(0)).date || null });
				},
			}),
			radios({
				id: "sex", label: t("form.sex"), hint: t("form.sex_hint"), value: patient.sex, error: wrong.sex?.text, row: true,
				options: [{ value: "Female", label: t("form.female") }, { value: "Male", label: t("form.male") }],
				onpick: (sex) => put({ sex }),
			})),
	};
}

/** A form that the Enter key sends and the browser does not check in its own words. */
export function form(proceed, ...children) {
	return h("form.narrow.stack-l", { novalidate: true, onsubmit: (event) => {
		event.preventDefault();
		proceed();
	} }, h("div", null, children), h("p.actions", null, h("button.button", { type: "submit" }, t("proceed"))));
}

function check(patient) {
	const errors = [];
	for (const id of ["last_name", "first_name"]) {
		if (!patient[id]?.trim()) errors.push({ id, text: t(`error.${id}`) });
	}
	const { error, part } = birthDate(patient.birth || {}, today(0));
	if (error) errors.push({ id: `birth-${part}`, of: "birth", part, text: error });
	if (!patient.sex) errors.push({ id: "sex", text: t("error.sex") });
	return errors;
}
