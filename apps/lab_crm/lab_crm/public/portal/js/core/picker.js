/**
 * Choosing a time: two weeks of days, then the day's free times in morning, day and evening. Shared by booking and moving.
 * A click on a time is the choice; there is nothing to confirm here.
 */

import { get } from "./api.js";
import { announce, h, hidden } from "./dom.js";
import { addDays, dayMonth, dayNumber, dayTime, local, longDay, monthShort, otherZone, today, weekdayShort } from "./format.js";
import { failed, waiting } from "./forms.js";
import { t, tn } from "./texts.js";

const SPAN = 14;
const PARTS = [["morning", "00:00", "12:00"], ["day", "12:00", "17:00"], ["evening", "17:00", "24:00"]];

/**
 * @param {object} options
 * @param {string} options.branch
 * @param {string[]} options.services
 * @param {number} options.offset minutes the branch is ahead of UTC, to know its today
 * @param {number} [options.horizon] how many days ahead the branch takes bookings
 * @param {string} [options.chosen] start of the time chosen before
 * @param {boolean} [options.bySpecialist] offer to choose the specialist
 * @param {() => Node} [options.instead] what else to do when nothing is free (other branches, phone)
 * @param {(slot: object, specialist: string) => void} options.onpick the time, and the specialist if one was asked for
 * @returns {HTMLElement}
 */
export function slotPicker(options) {
	const host = h("div.stack-l");
	const state = { from: today(options.offset), day: null, specialist: "", names: new Map(), slots: [] };
	load(host, state, options);
	return host;
}

async function load(host, state, options) {
	host.replaceChildren(waiting(t("slots.loading")));
	try {
		const to = addDays(state.from, SPAN - 1);
		const { specialist } = state;
		const { branch, services, funding } = options;
		const args = { branch, services, date_from: state.from, date_to: to, specialist, funding };
		state.slots = (await get("booking.get_slots", args)).slots;
	} catch (error) {
		host.replaceChildren(failed(error.message, () => load(host, state, options)));
		return;
	}
	const chosen = options.chosen && local(options.chosen).date;
	for (const { specialist, specialist_name: name } of state.slots) if (specialist) state.names.set(specialist, name);
	const days = byDay(state.slots);
	state.day = days.has(chosen) ? chosen : [...days.keys()][0] || state.from;
	draw(host, state, options);
}

/** Free times by date, both ascending. */
function byDay(slots) {
	const days = new Map();
	for (const slot of slots) {
		const { date } = local(slot.start);
		days.set(date, [...(days.get(date) || []), slot]);
	}
	return days;
}

function draw(host, state, options) {
	const days = byDay(state.slots);
	const times = h("div");
	const pick = (slot) => options.onpick(slot, state.specialist);
	const drawTimes = () => times.replaceChildren(dayTimes(state, days, options, pick));
	drawTimes();
	host.replaceChildren(...[
		nearest(days, options, pick),
		specialists(host, state, options),
		h("fieldset", null,
			h("legend", null, h("h2", null, t("slots.choose_day"))),
			h("div.days", null, dayRadios(state, days, (date) => {
				state.day = date;
				drawTimes();
				announce(`${longDay(date)}: ${freeText(days.get(date))}`);
			})),
			weeks(host, state, options)),
		times,
	].filter(Boolean));
}

function nearest(days, { chosen, offset }, pick) {
	const [first] = days.values().next().value || [];
	if (!first || chosen) return null;
	return h("p", null, h("button.button.second", { type: "button", id: "nearest", onclick: () => pick(first) },
		t("slots.nearest", { when: dayTime(first.start, today(offset)) })));
}

function specialists(host, state, options) {
	if (!options.bySpecialist || state.names.size < 2) return null;
	const select = h("select.input.short", { id: "specialist", onchange: async (event) => {
		state.specialist = event.target.value;
		await load(host, state, options);
		document.getElementById("specialist")?.focus();
	} }, h("option", { value: "" }, t("slots.any_specialist")), [...state.names].map(([value, name]) => h("option", { value }, name)));
	select.value = state.specialist;
	return h("div.field", null, h("label", { for: "specialist" }, t("slots.specialist")), select);
}

function dayRadios(state, days, onday) {
	return Array.from({ length: SPAN }, (_, i) => addDays(state.from, i)).map((date, i) => {
		const free = days.get(date);
		return h(free ? "label.day" : "label.day.empty", null,
			h("input", { type: "radio", name: "slot-day", value: date, checked: date === state.day, onchange: () => onday(date) }),
			h("span.wd", { "aria-hidden": "true" }, weekdayShort(date)),
			h("b", { "aria-hidden": "true" }, dayNumber(date)),
			h("span.mo", { "aria-hidden": "true" }, dayMark(date, i, free)),
			hidden(`${longDay(date)}, ${freeText(free)}`));
	});
}

function dayMark(date, index, free) {
	if (!free) return t("slots.none_short");
	return index === 0 || dayNumber(date) === "1" ? monthShort(date) : "\u00a0";
}

const freeText = (times) => (times ? tn("slots.free", times.length) : t("slots.none"));

function weeks(host, state, options) {
	const first = today(options.offset);
	const move = (days) => () => {
		state.from = addDays(state.from, days);
		load(host, state, { ...options, chosen: null });
	};
	const beyond = options.horizon && addDays(state.from, SPAN) > addDays(first, options.horizon);
	return h("p.actions", null,
		state.from > first && h("button.link-button", { type: "button", onclick: move(-SPAN) }, t("slots.earlier")),
		!beyond && h("button.link-button", { type: "button", onclick: move(SPAN) }, t("slots.later")));
}

function dayTimes(state, days, options, pick) {
	const free = days.get(state.day) || [];
	if (!free.length) return nothing(state, days, options);
	const zone = otherZone(free[0].start);
	return h("section.stack", { "aria-labelledby": "slot-day-title" },
		h("h2.sentence", { id: "slot-day-title" }, longDay(state.day, today(options.offset))),
		zone && h("p.hint", null, t("slots.zone", { zone })),
		PARTS.map(([name, from, to]) => part(name, free.filter((slot) => {
			const { time } = local(slot.start);
			return time >= from && time < to;
		}), options.chosen, pick)));
}

function part(name, free, chosen, pick) {
	if (!free.length) return null;
	return h("div.part", null,
		h("h3", null, t(`slots.${name}`)),
		h("ul.slots", null, free.map((slot) => h("li", null, h("button.slot", {
			type: "button",
			"aria-pressed": chosen ? String(slot.start === chosen) : null,
			onclick: () => pick(slot),
		}, local(slot.start).time)))));
}

function nothing(state, days, options) {
	const to = addDays(state.from, SPAN - 1);
	return h("div.note.warn", null,
		h("p", null, days.size
			? t("slots.day_full", { day: longDay(state.day) })
			: t("slots.all_full", { from: dayMonth(state.from), to: dayMonth(to) })),
		!days.size && options.instead?.());
}
