// Scanning that outlives a lost network: what was scanned waits in the browser until the server has answered.

frappe.provide("lab_crm");

const RETRY_MS = 4000;

lab_crm.ScanQueue = class ScanQueue {
	// Args: `key` of the browser's store; `send(barcodes)` → a promise of the answer; `changed()` after each step;
	// `answered(answer)`.
	constructor({ key, send, changed, answered }) {
		Object.assign(this, { key: `lab_crm:scans:${key}`, send, changed, answered });
		this.busy = false;
		this.offline = false;
	}

	get waiting() {
		return JSON.parse(localStorage.getItem(this.key) || "[]");
	}

	keep(barcodes) {
		if (barcodes.length) localStorage.setItem(this.key, JSON.stringify(barcodes));
		else localStorage.removeItem(this.key);
	}

	add(barcode) {
		const kept = this.waiting;
		if (!kept.includes(barcode)) this.keep([...kept, barcode]);
		return this.flush();
	}

	async flush() {
		clearTimeout(this.timer);
		const sent = this.waiting;
		if (this.busy || this.stopped || !sent.length) return this.changed();
		this.busy = true;
		try {
			const answer = await this.send(sent);
			// The server has them: whatever it said of each, none is sent again.
			this.keep(this.waiting.filter((barcode) => !sent.includes(barcode)));
			this.offline = false;
			this.answered(answer);
		} catch (error) {
			if (!error?.lost) throw error;
			this.offline = true;
		} finally {
			this.busy = false;
			this.changed();
			if (this.waiting.length && !this.stopped) {
				this.timer = setTimeout(() => this.flush(), this.offline ? RETRY_MS : 0);
			}
		}
	}

	stop() {
		this.stopped = true;
		clearTimeout(this.timer);
	}
};

// A call whose failure by the network is told apart from a refusal: only the first is worth repeating.
lab_crm.call_or_lost = function (method, args) {
	return fetch(`/api/method/${method}`, {
		method: "POST",
		headers: { "Content-Type": "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token },
		body: JSON.stringify(args),
	}).then(
		async (response) => {
			if ([502, 503, 504].includes(response.status)) throw { lost: true };
			const answer = await response.json();
			if (response.ok) return answer.message;
			frappe.request.cleanup({}, answer);
			throw new Error(answer.exc_type || response.status);
		},
		() => {
			throw { lost: true };
		}
	);
};
