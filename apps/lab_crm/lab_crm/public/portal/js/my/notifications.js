/** Notifications in this browser: the switch, and what it says where there can be none. */

import { get, post } from "../core/api.js";
import { announce, h } from "../core/dom.js";
import { busyButton } from "../core/forms.js";
import { t } from "../core/texts.js";

const WORKER = "/assets/lab_crm/portal/push/worker.js";

const possible = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** The switch for one patient; nothing while the laboratory sends no notifications. */
export async function notifications(patient) {
	const { key, browsers } = await get("push.state", { patient });
	if (!key) return null;
	const row = h("li");
	if (!possible()) {
		row.replaceChildren(line(null, false, t("push.impossible")));
		return row;
	}
	const known = await current();
	const on = Boolean(known) && browsers.includes(await digest(known.endpoint));
	draw(row, { patient, key, on });
	return row;
}

function draw(row, { patient, key, on, problem }) {
	const name = t("push.title");
	const turn = async () => {
		try {
			await (on ? turnOff(patient) : turnOn(patient, key));
		} catch (error) {
			if (!error.code && !(error instanceof DOMException)) throw error;
			draw(row, { patient, key, on, problem: error.status === undefined ? t("push.failed") : error.message });
			row.querySelector("button")?.focus();
			return;
		}
		draw(row, { patient, key, on: !on });
		announce(t(on ? "push.now_off" : "push.now_on"));
		row.querySelector("button")?.focus();
	};
	const button = busyButton(t(on ? "push.turn_off" : "push.turn_on"), t("consents.saving"), turn, "button.button.second");
	button.setAttribute("aria-label", `${button.textContent}: ${name}`);
	row.replaceChildren(line(button, on, t("push.hint")), problem ? h("p.error", { role: "alert" }, problem) : "");
}

function line(button, on, hint) {
	return h("div.switch-row", null,
		h("div", null,
			h("b", null, t("push.title")),
			h("p", null, hint),
			button && h("p.hint", null, h("span", { class: on ? "tag good" : "tag off" }, t(on ? "push.on" : "push.off")))),
		button);
}

async function turnOn(patient, key) {
	const allowed = await Notification.requestPermission();
	if (allowed !== "granted") throw new DOMException(allowed, "NotAllowedError");
	const registration = await active(await navigator.serviceWorker.register(WORKER));
	const options = { userVisibleOnly: true, applicationServerKey: octets(key) };
	const subscription = await registration.pushManager.subscribe(options);
	const { endpoint, keys } = subscription.toJSON();
	await post("push.subscribe", { patient, endpoint, p256dh: keys.p256dh, auth: keys.auth });
}

/** This patient's notifications only: another of the family may read theirs here. */
async function turnOff(patient) {
	const subscription = await current();
	if (subscription) await post("push.unsubscribe", { patient, endpoint: subscription.endpoint });
}

async function current() {
	const registration = await navigator.serviceWorker.getRegistration(WORKER);
	return registration ? registration.pushManager.getSubscription() : null;
}

/** A worker takes subscriptions only once it runs. */
function active(registration) {
	const worker = registration.installing || registration.waiting;
	if (!worker) return registration;
	return new Promise((resolve) => {
		worker.addEventListener("statechange", () => {
			if (worker.state === "activated") resolve(registration);
		});
	});
}

async function digest(text) {
	const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
	return [...new Uint8Array(hash)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}

function octets(base64url) {
	const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
	return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
