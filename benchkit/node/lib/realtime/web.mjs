// Questions to the web: who is this, and may they see that? The web alone knows sessions and permissions.

const TIMEOUT_MS = 10_000;

export class Web {
	/** @param {string} url base URL of the web, as seen from this process */
	constructor(url) {
		this.url = url.replace(/\/+$/, "");
	}

	/** The user behind a socket's credentials. @throws {Error} when the web does not confirm a session */
	async user(socket) {
		const info = await this.#call(socket, "frappe.realtime.get_user_info");
		// A forged or expired session is answered as Guest: that is no session.
		if (!info?.user || info.user === "Guest") throw new Error("no session");
		return { user: info.user, userType: info.user_type };
	}

	/** Whether the socket's user may read the document. A refusal, an error and a silence are all a no. */
	mayReadDoc(socket, doctype, docname) {
		return this.#allowed(socket, "frappe.realtime.can_subscribe_doc", { doctype, docname });
	}

	/** Whether the socket's user may read the document type. */
	mayReadDoctype(socket, doctype) {
		return this.#allowed(socket, "frappe.realtime.can_subscribe_doctype", { doctype });
	}

	async #allowed(socket, method, args) {
		try {
			return (await this.#call(socket, method, args)) === true;
		} catch {
			return false;
		}
	}

	async #call(socket, method, args = {}) {
		const response = await fetch(`${this.url}/api/method/${method}?${new URLSearchParams(args)}`, {
			headers: { ...credentials(socket), "X-Frappe-Site-Name": siteOf(socket), Accept: "application/json" },
			redirect: "error",
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		if (!response.ok) throw new Error(`the web answered ${response.status}`);
		return (await response.json()).message;
	}
}

/** The site a socket is on: its namespace without the slash. */
export const siteOf = (socket) => socket.nsp.name.slice(1);

/**
 * The headers that carry a socket's identity to the web.
 * @throws {Error} when the socket has neither a session cookie nor an Authorization header
 */
export function credentials(socket) {
	const { authorization, cookie } = socket.request.headers;
	if (authorization) return { Authorization: authorization };
	const sid = /(?:^|;\s*)sid=([^;]+)/.exec(cookie ?? "")?.[1];
	if (!sid) throw new Error("no session");
	return { Cookie: `sid=${sid}` };
}

/**
 * Whether a connection may be opened from where it comes: a page of another host must not ride on the
 * visitor's cookie. A client without Origin is not a browser; it must bring its own Authorization header.
 */
export function trustedOrigin(headers) {
	if (!headers.origin) return Boolean(headers.authorization);
	try {
		return new URL(headers.origin).hostname === new URL(`http://${headers.host}`).hostname;
	} catch {
		return false;
	}
}
