/** What the booking wizard knows, which steps it has, and which of them can be shown. */

import { store, uniqueKey } from "../core/store.js";

export const STEPS = ["services", "place", "time", "who", "contact", "check"];

const SOURCE_KEYS = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "call_id"];
const CHANNELS = ["Widget", "Maps", "Aggregator", "Messenger"]; // what the address may say; else it is the website
const MAX_SOURCE = 140;

const blank = () => ({
	services: [], // [{name, service_name, price, …}] in the order they were chosen
	branch: null,
	specialist: "", // only if the patient asked for one
	slot: null,
	wait: null, // {period, hours, weekdays}: no time suits, so the waiting list instead of a slot
	conflict: null, // {message, slots}: the chosen time was taken by somebody else
	patient: {},
	consents: {},
	source: {},
	attempt: null, // {key, content}: see attemptKey
	booked: null, // {token}: the last booking of this tab
	joined: null, // {token, mobile}: the entry of the waiting list just made
});

export const book = store("lab.book", blank);

/** The first step that still lacks an answer; "check" when nothing does. */
export function firstMissing({ services, branch, slot, wait, patient, consents }, required) {
	if (!services.length) return "services";
	if (!branch) return "place";
	if (!slot && !wait) return "time";
	if (!patient.last_name || !patient.first_name || !patient.birth_date || !patient.sex) return "who";
	if (!patient.mobile_e164 || required.some((purpose) => !consents[purpose])) return "contact";
	return "check";
}

/** Remember where the patient came from; a later visit without marks does not erase the first. */
export function rememberSource(search) {
	const params = new URLSearchParams(search);
	const found = SOURCE_KEYS.filter((key) => params.get(key)).map((key) => [key, params.get(key).slice(0, MAX_SOURCE)]);
	const channel = params.get("channel");
	if (CHANNELS.includes(channel)) found.push(["channel", channel]);
	if (found.length) book.save({ source: Object.fromEntries(found) });
}

/** Change the basket; a chosen time belongs to the old basket, so it goes. */
export function setServices(services) {
	book.save({ services, specialist: "", slot: null, wait: null, conflict: null });
}

/** Choose the branch; prices and times of another branch go. */
export function setBranch(branch) {
	if (book.state.branch !== branch) book.save({ branch, specialist: "", slot: null, wait: null, conflict: null });
}

/** What is sent to the server, without the key. */
export function request({ services, branch, specialist, slot, patient, consents, source }) {
	const { last_name, first_name, middle_name, birth_date, sex, mobile_e164, email } = patient;
	return {
		branch,
		services: services.map(({ name }) => name),
		start: slot?.start,
		specialist: specialist || undefined,
		patient: {
			last_name, first_name, middle_name: middle_name || undefined, birth_date, sex,
			mobile: mobile_e164, email: email || undefined,
		},
		consents: Object.keys(consents).filter((purpose) => consents[purpose]),
		source,
	};
}

/**
 * The idempotency key of this attempt. The same visit asked for again (double click, lost answer, reload, a copied tab) has
 * the same key, so it is one booking; another time, person or set of services is a new attempt.
 */
export function attemptKey({ branch, services, start, specialist, patient }) {
	const text = JSON.stringify([branch, services, start, specialist, patient]);
	if (book.state.attempt?.content !== text) book.save({ attempt: { key: uniqueKey(), content: text } });
	return book.state.attempt.key;
}

/** Sum of the chosen services that have a price. */
export const total = (services) => services.reduce((sum, { price }) => sum + Number(price || 0), 0);

/** Preparation texts without repeats: [{text, names}]. */
export function preparation(services) {
	const texts = new Map();
	for (const { preparation: text, service_name: name } of services) {
		if (text) texts.set(text.trim(), [...(texts.get(text.trim()) || []), name]);
	}
	return [...texts].map(([text, names]) => ({ text, names }));
}
