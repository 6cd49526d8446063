/** Sign-in: a phone, then the code sent to it. */

import { post } from "../core/api.js";
import { h, show } from "../core/dom.js";
import { busyButton, digits, errorSummary, textField } from "../core/forms.js";
import { e164, phone } from "../core/format.js";
import { t } from "../core/texts.js";

const CODE_LENGTH = 6;
const RESEND_AFTER = 60;

/** Draw the sign-in into `host`. */
export function signIn(host, data) {
	askPhone(host, data, { quiet: true });
}

function askPhone(host, data, { typed = "", errors = [], quiet = false } = {}) {
	let number = typed;
	const send = async () => {
		const mobile = e164(number);
		const refuse = (text) => askPhone(host, data, { typed: number, errors: [{ id: "mobile", text }] });
		if (!number.trim()) refuse(t("error.mobile_empty"));
		else if (!mobile) refuse(t("error.mobile"));
		else await request(mobile, () => askCode(host, data, mobile), refuse);
	};
	draw(host, {
		title: t("signin.title"), errors, quiet, submit: send, button: busyButton(t("signin.send"), t("signin.sending"), send),
		fields: [
			h("p", null, t("signin.hint")),
			textField({
				id: "mobile", label: t("form.mobile"), hint: t("form.mobile_hint"), value: typed, error: errors[0]?.text,
				type: "tel", inputmode: "tel", autocomplete: "tel", width: "short", maxlength: 30,
				oninput: (text) => {
					number = text;
				},
			}),
		],
	});
}

async function request(mobile, done, refuse) {
	try {
		await post("portal.request_code", { mobile });
		done();
	} catch (error) {
		refuse(error.message);
	}
}

function askCode(host, data, mobile, { errors = [], typed = "" } = {}) {
	let code = typed;
	const retry = (text) => askCode(host, data, mobile, { errors: [{ id: "code", text }], typed: code });
	const enter = async () => {
		if (code.length !== CODE_LENGTH) {
			retry(t("error.code_length"));
			return;
		}
		try {
			await post("portal.sign_in", { mobile, code });
			window.location.reload(); // the server draws the page of a signed-in patient
			await new Promise(() => {});
		} catch (error) {
			retry(error.message);
		}
	};
	draw(host, {
		title: t("signin.code_title"), errors, submit: enter, button: busyButton(t("signin.enter"), t("signin.entering"), enter),
		fields: [
			h("p", null, t("signin.sent", { phone: phone(mobile) })),
			textField({
				id: "code", label: t("signin.code"), hint: t("signin.code_hint"), value: typed, error: errors[0]?.text, width: "code",
				inputmode: "numeric", autocomplete: "one-time-code", pattern: "[0-9]*", maxlength: CODE_LENGTH + 2,
				oninput: (text) => {
					code = digits(text);
				},
			}),
		],
		after: h("div", null, again(host, data, mobile),
			h("p", null, h("button.link-button", { type: "button", onclick: () => askPhone(host, data, { typed: phone(mobile) }) },
				t("signin.other_phone")))),
	});
}

/** "Send again", usable after a minute; until then it says how long. */
function again(host, data, mobile) {
	const line = h("p.hint");
	let left = RESEND_AFTER;
	const tickDown = () => {
		if (left > 0) {
			line.textContent = t("signin.resend_in", { n: left });
			left -= 1;
			return;
		}
		window.clearInterval(timer);
		line.replaceChildren(h("button.link-button", { type: "button", onclick: () =>
			request(mobile, () => askCode(host, data, mobile), (text) => askCode(host, data, mobile, { errors: [{ id: "code", text }] })) },
		t("signin.resend")));
	};
	const timer = window.setInterval(tickDown, 1000);
	tickDown();
	return line;
}

function draw(host, { title, errors, quiet, submit, button, fields, after }) {
	const summary = errorSummary(errors);
	const node = h("div.narrow.stack-l", null,
		summary,
		h("h1", null, title),
		h("form.stack-l", { novalidate: true, onsubmit: (event) => {
			event.preventDefault();
			submit();
		} }, fields, h("p.actions", null, button)),
		after);
	show(host, { title: errors.length ? t("error.page_title", { title }) : title, node, focus: summary }, { quiet });
}
