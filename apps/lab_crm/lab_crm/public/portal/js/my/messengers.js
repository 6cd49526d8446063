/** Messengers: a link that opens the bot and joins the chat, and a way to leave. */

import { get, post } from "../core/api.js";
import { announce, h } from "../core/dom.js";
import { busyButton } from "../core/forms.js";
import { t } from "../core/texts.js";

/** A row for each messenger that the laboratory writes by. */
export async function messengers(patient) {
	const { messengers: found } = await get("messengers.state", { patient });
	return found.map(({ kind, joined }) => {
		const row = h("li");
		draw(row, { patient, kind, joined });
		return row;
	});
}

function draw(row, { patient, kind, joined, url, problem }) {
	const act = async () => {
		try {
			const next = joined ? await post("messengers.leave", { patient, kind }) : await post("messengers.join", { patient, kind });
			draw(row, { patient, kind, joined: false, ...next });
			if (joined) announce(t("messenger.now_left", { messenger: kind }));
			row.querySelector("a, button")?.focus();
		} catch (error) {
			if (!error.code) throw error;
			draw(row, { patient, kind, joined, problem: error.message });
		}
	};
	row.replaceChildren(h("div.switch-row", null,
		h("div", null,
			h("b", null, kind),
			h("p", null, t(url ? "messenger.open_hint" : "messenger.hint", { messenger: kind })),
			h("p.hint", null, h("span", { class: joined ? "tag good" : "tag off" }, t(joined ? "messenger.joined" : "messenger.not_joined")))),
		url ? opener(url, kind) : button(joined, kind, act)),
	problem ? h("p.error", { role: "alert" }, problem) : "");
}

function button(joined, kind, act) {
	const made = busyButton(t(joined ? "push.turn_off" : "messenger.join"), t("consents.saving"), act, "button.button.second");
	made.setAttribute("aria-label", `${made.textContent}: ${kind}`);
	return made;
}

/** A link of its own: browsers let a person, not a script, open an app. */
function opener(url, kind) {
	return h("a.button", { href: url, target: "_blank", rel: "noopener noreferrer" }, t("messenger.open", { messenger: kind }));
}
