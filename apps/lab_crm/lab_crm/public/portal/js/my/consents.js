/** Consents: what is allowed, since when, and a way to take it back. */

import { get, post } from "../core/api.js";
import { announce, h, hidden } from "../core/dom.js";
import { busyButton } from "../core/forms.js";
import { fullDate, local } from "../core/format.js";
import { t } from "../core/texts.js";
import { messengers } from "./messengers.js";
import { notifications } from "./notifications.js";

export const title = () => t("my.consents");

export async function load({ patient }) {
	const [{ consents }, push, chats] = await Promise.all(
		[get("portal.my_consents", { patient }), notifications(patient), messengers(patient)]);
	const ways = [push, ...chats].filter(Boolean);
	return h("div.stack-l", null,
		h("div.stack", null, h("p", null, t("consents.hint")), h("ul.rows", null, consents.map((consent) => row(consent, patient)))),
		ways.length ? h("section.stack", null, h("h2", null, t("channels.title")), h("ul.rows", null, ways)) : null);
}

function row(consent, patient) {
	const line = h("li");
	draw(line, consent, patient);
	return line;
}

function draw(line, consent, patient) {
	const { purpose, slug, given_on: since, active, short_text: text, required } = consent;
	const problem = h("div");
	line.replaceChildren(h("div.switch-row", null,
		h("div", null,
			h("b", null, t(`purpose.${purpose}`)),
			h("p", null, text),
			h("p.hint", null,
				h("span", { class: active ? "tag good" : "tag off" }, active
					? t("consents.given", { date: fullDate(local(since).date) })
					: t("consents.not_given")), " ",
				h("a", { href: `/consent/${slug}` }, t("contact.full_text"), hidden(`: ${t(`purpose.${purpose}`)}`)))),
		change({ active, required, purpose }, async (agree) => {
			problem.replaceChildren();
			try {
				const fresh = await post("portal.set_consent", { patient, purpose, given: agree });
				draw(line, { ...consent, ...fresh }, patient);
				announce(t(agree ? "consents.now_given" : "consents.now_withdrawn"));
				line.querySelector("button")?.focus();
			} catch (error) {
				problem.replaceChildren(h("p.error", { role: "alert" }, error.message));
			}
		})), problem);
}

function change({ active, required, purpose }, set) {
	const name = t(`purpose.${purpose}`);
	if (!active) return named(busyButton(t("consents.give"), t("consents.saving"), () => set(true), "button.button.second"), name);
	const withdraw = busyButton(t("consents.withdraw"), t("consents.saving"), async () => {
		if (required && !window.confirm(t("consents.required_warning"))) return;
		await set(false);
	}, "button.button.second");
	return named(withdraw, name);
}

/** Several buttons say the same word; screen readers also hear of what. */
function named(button, name) {
	button.setAttribute("aria-label", `${button.textContent}: ${name}`);
	return button;
}
