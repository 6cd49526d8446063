/** The one way to the server. */

import { language, t } from "./texts.js";

const TIMEOUT = 20_000;

/** What went wrong, with a sentence for the person. `code` is the server's machine code, or OFFLINE, or HTTP_<status>. */
export class ApiError extends Error {
	constructor(message, { code, status = 0, field = null, data = {} }) {
		super(message);
		this.code = code;
		this.status = status;
		this.field = field;
		this.data = data;
	}

	/** Nobody knows whether the server did it: asking again is right. */
	get unsure() {
		return this.status === 0 || this.status >= 500;
	}
}

/** Read: `get("booking.get_slots", {…})`. */
export const get = (method, args, signal) => call("GET", method, args, signal);

/** Change: `post("booking.create_booking", {…})`. */
export const post = (method, args) => call("POST", method, args);

async function call(verb, method, args = {}, signal) {
	const headers = { Accept: "application/json", "Accept-Language": language };
	const token = document.body.dataset.csrf;
	if (token) headers["X-Frappe-CSRF-Token"] = token;
	const request = { method: verb, headers, credentials: "same-origin", signal: limit(signal) };
	let url = `/api/method/lab_crm.api.${method}`;
	if (verb === "GET") url += query(args);
	else {
		headers["Content-Type"] = "application/json";
		request.body = JSON.stringify(args);
	}
	return answer(await send(url, request, signal));
}

function limit(signal) {
	const timeout = AbortSignal.timeout ? AbortSignal.timeout(TIMEOUT) : undefined;
	if (!signal || !timeout || !AbortSignal.any) return signal || timeout;
	return AbortSignal.any([signal, timeout]);
}

function query(args) {
	const pairs = Object.entries(args).filter(([, value]) => value !== undefined && value !== null && value !== "");
	const text = new URLSearchParams(pairs.map(([name, value]) =>
		[name, typeof value === "object" ? JSON.stringify(value) : String(value)]));
	return pairs.length ? `?${text}` : "";
}

async function send(url, request, signal) {
	try {
		return await fetch(url, request);
	} catch (error) {
		if (signal?.aborted) throw error;
		throw new ApiError(t("error.offline"), { code: "OFFLINE" });
	}
}

async function answer(response) {
	const body = await response.json().catch(() => null);
	if (response.ok && body) return body.message;
	const { code, message, field, ...data } = body?.error || {};
	const { status } = response;
	throw new ApiError(message || fallback(status), { code: code || `HTTP_${status}`, status, field, data });
}

function fallback(status) {
	if (status === 429) return t("error.too_many");
	if (status === 403 || status === 401) return t("error.signed_out");
	return t("error.server");
}
