/** Step 5: where to write and call, and what the patient agrees to. Every consent is a box of its own, none ticked for them. */

import { h } from "../core/dom.js";
import { outLink, textField, tick } from "../core/forms.js";
import { e164, phone } from "../core/format.js";
import { t } from "../core/texts.js";
import { book } from "./state.js";
import { form } from "./who.js";

const put = (changes) => book.save({ patient: { ...book.state.patient, ...changes } });

export function render({ data, go, next, errors }) {
	const { patient, consents } = book.state;
	const wrong = Object.fromEntries(errors.map((error) => [error.id, error.text]));
	const proceed = () => {
		const found = check(book.state, data.consents);
		if (found.length) go("contact", { replace: true, errors: found, from: new URLSearchParams(window.location.search).get("from") });
		else next();
	};
	return {
		title: t("contact.title"),
		node: form(proceed,
			textField({
				id: "mobile", label: t("form.mobile"), hint: t("form.mobile_hint"), value: patient.mobile, error: wrong.mobile,
				type: "tel", inputmode: "tel", autocomplete: "tel", width: "short", maxlength: 30,
				oninput: (text) => put({ mobile: text, mobile_e164: e164(text) }),
				onblur: (event) => {
					const number = e164(event.target.value);
					if (number) event.target.value = phone(number);
				},
			}),
			textField({
				id: "email", label: t("form.email"), hint: t("form.email_hint"), value: patient.email, error: wrong.email,
				type: "email", inputmode: "email", autocomplete: "email", optional: true, maxlength: 140, spellcheck: "false",
				oninput: (text) => put({ email: text.trim() }),
			}),
			h("section.fields", { "aria-labelledby": "consents" },
				h("h2", { id: "consents" }, t("contact.consents")),
				data.consents.map((consent) => consentTick(consent, consents, wrong)))),
	};
}

function consentTick({ purpose, slug, short_text: text, required }, consents, wrong) {
	return tick({
		id: `consent-${slug}`,
		label: [text, " ", h("span.hint", null, t(required ? "contact.required" : "contact.optional"))],
		checked: consents[purpose],
		error: wrong[`consent-${slug}`],
		onpick: (checked) => book.save({ consents: { ...book.state.consents, [purpose]: checked } }),
		below: h("p.hint.consent-link", null, outLink(`/consent/${slug}`, t("contact.full_text"))),
	});
}

function check({ patient, consents }, forms) {
	const errors = [];
	if (!patient.mobile?.trim()) errors.push({ id: "mobile", text: t("error.mobile_empty") });
	else if (!patient.mobile_e164) errors.push({ id: "mobile", text: t("error.mobile") });
	if (patient.email && !/^\S+@\S+\.\S+$/.test(patient.email)) errors.push({ id: "email", text: t("error.email") });
	for (const { purpose, slug, required, title } of forms) {
		if (required && !consents[purpose]) errors.push({ id: `consent-${slug}`, text: t("error.consent", { title }) });
	}
	return errors;
}
