/** Words of the page: the server sends them translated, so no language lives in the scripts. */

import { pageData } from "./dom.js";

const texts = pageData("lab-texts");
const language = document.documentElement.lang || "ru";
const rules = new Intl.PluralRules(language);
const FORMS = { one: 0, few: 1, many: 2, other: 2 };

/**
 * A text by its key; `{name}` is replaced from `values`.
 * @throws {Error} the key is unknown: a mistake of ours that a test must see
 */
export function t(key, values = {}) {
	const text = texts[key];
	if (text === undefined) throw new Error(`no text "${key}"`);
	return text.replace(/\{(\w+)\}/g, (mark, name) => (name in values ? values[name] : mark));
}

/** A text with a number: the text holds its forms for one|few|many. */
export function tn(key, n, values = {}) {
	const forms = t(key, { n, ...values }).split("|");
	return forms[Math.min(FORMS[rules.select(n)], forms.length - 1)];
}

export { language };
