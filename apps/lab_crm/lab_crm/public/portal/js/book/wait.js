/** Beside step 3: nothing suits, so the patient joins the waiting list; and the page that says it is done. */

import { post } from "../core/api.js";
import { announce, h } from "../core/dom.js";
import { busyButton, radios, tick } from "../core/forms.js";
import { addDays, phone, today } from "../core/format.js";
import { language, t } from "../core/texts.js";
import { book } from "./state.js";
import { form } from "./who.js";

const SERVICE = "Service Messages";
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const HOURS = { any: [], morning: [undefined, "12:00"], day: ["12:00", "17:00"], evening: ["17:00"] };
const PERIODS = ["7", "14", "30"];
const weekday = new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" });
// 1 January 2024 was a Monday.
const dayName = (day) => weekday.format(new Date(Date.UTC(2024, 0, 1 + DAYS.indexOf(day))));
const blank = () => ({ period: "14", hours: "any", weekdays: [] });

export function render({ next }) {
	const wish = { ...blank(), ...book.state.wait };
	const options = (kind, values) => values.map((value) => ({ value, label: t(`wait.${kind}.${value}`) }));
	return {
		title: t("wait.title"),
		node: form(() => {
			book.save({ wait: wish, slot: null, conflict: null });
			next();
		},
		h("p", null, t("wait.hint")),
		radios({
			id: "period", label: t("wait.period"), value: wish.period, options: options("period", PERIODS),
			onpick: (period) => Object.assign(wish, { period }),
		}),
		radios({
			id: "hours", label: t("wait.hours"), value: wish.hours, options: options("hours", Object.keys(HOURS)),
			onpick: (hours) => Object.assign(wish, { hours }),
		}),
		h("fieldset.field", { "aria-describedby": "weekdays-hint" },
			h("legend", null, t("wait.weekdays")),
			h("p.hint", { id: "weekdays-hint" }, t("wait.weekdays_hint")),
			h("div.choices.row", null, DAYS.map((day) => tick({
				id: `weekday-${day}`, label: dayName(day), checked: wish.weekdays.includes(day),
				onpick: (checked) => {
					wish.weekdays = DAYS.filter((one) => (one === day ? checked : wish.weekdays.includes(one)));
				},
			}))))),
	};
}

/** What was asked for, in words. */
export function inWords({ period, hours, weekdays }) {
	const parts = [t(`wait.period.${period}`), hours !== "any" && t(`wait.hours.${hours}`), weekdays.map(dayName).join(", ")];
	return parts.filter(Boolean).join("; ");
}

/** Ask for it; `content` is what a booking would send. */
export async function join(content, branch, go) {
	const { wait, consents } = book.state;
	if (!consents[SERVICE]) {
		// The offer comes by message: without it one would wait in vain.
		go("contact", { from: "check", errors: [{ id: "consent-service-messages", text: t("wait.needs_messages") }] });
		return;
	}
	const from = today(branch.offset);
	const [earliest, latest] = HOURS[wait.hours];
	const { services, specialist, patient } = content;
	const { leave_token: token } = await post("waiting_list.join", {
		branch: branch.name, services, specialist, patient, consents: content.consents,
		date_from: from, date_to: addDays(from, Math.min(Number(wait.period), branch.horizon_days || 30) - 1),
		weekdays: wait.weekdays, time_from: earliest, time_to: latest,
	});
	book.clear({ joined: { token, mobile: patient.mobile } });
	go("joined", { replace: true });
}

/** The page after it. */
export const joined = {
	render() {
		const { token, mobile } = book.state.joined;
		const host = h("div.narrow.stack-l");
		const problem = h("div");
		const leave = async () => {
			problem.replaceChildren();
			try {
				await post("waiting_list.leave", { token });
			} catch (error) {
				problem.replaceChildren(h("p.error", { role: "alert" }, error.message));
				return;
			}
			book.clear();
			host.replaceChildren(h("p", null, t("joined.left")), h("p.actions", null, h("a.button", { href: "/book" }, t("joined.again"))));
			announce(t("joined.left"));
		};
		host.append(
			h("p", null, t("joined.text", { mobile: phone(mobile).replaceAll(" ", "\u00a0") })),
			problem,
			h("p.actions", null,
				h("a.button", { href: "/book" }, t("joined.again")),
				busyButton(t("joined.leave"), t("joined.leaving"), leave, "button.button.second")));
		return { title: t("joined.title"), node: host, isLast: true };
	},
};
