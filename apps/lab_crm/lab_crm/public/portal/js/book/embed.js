/**
 * The wizard inside a page of another site (widget.js): how high it is, when it moved on, what was booked; and from there
 * where the patient came from and how much of the frame is seen. Both sides check who speaks.
 */

import { h, pageData } from "../core/dom.js";
import { rememberSource } from "./state.js";

const NAME = "lab_crm";

/** The origin of the page around, null when the wizard stands alone. */
export const around = window.parent === window ? null : pageData("page-data").embed || null;

/** Tell the page around. */
export function tell(type, details = {}) {
	if (around) window.parent.postMessage({ from: NAME, type, ...details }, around);
}

/** A link to another page of ours: only the wizard itself may be framed. */
export const link = (href, text) => h("a", { href, target: around && "_blank", rel: around && "noopener" }, text);

/** What must stay in the address of every step, or a reload would lose the frame. */
export function kept() {
	const now = new URLSearchParams(window.location.search);
	return around ? ["embed", "branch"].filter((name) => now.get(name)).map((name) => [name, now.get(name)]) : [];
}

const heard = {
	source({ source }) {
		rememberSource(new URLSearchParams(source));
	},
	view({ hidden }) {
		document.body.style.setProperty("--hidden", `${Math.max(0, Number(hidden) || 0)}px`);
	},
};

/** Begin to speak. */
export function start() {
	if (!around) return;
	window.addEventListener("message", ({ source, origin, data }) => {
		if (source !== window.parent || origin !== around || data?.from !== NAME) return;
		if (Object.hasOwn(heard, data.type)) heard[data.type](data);
	});
	tell("ready", { title: document.title });
	new ResizeObserver(() => tell("height", { height: document.body.getBoundingClientRect().height })).observe(document.body);
}
