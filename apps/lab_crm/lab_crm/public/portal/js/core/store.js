/** What a page remembers while its tab lives: survives Back and reload, stays out of other tabs. */

/**
 * @param {string} name key in sessionStorage
 * @param {() => object} blank what a fresh start looks like
 */
export function store(name, blank) {
	let state = { ...blank(), ...read() };

	function read() {
		try {
			return JSON.parse(window.sessionStorage.getItem(name)) || {};
		} catch {
			return {}; // a private window without storage, or a value of an older version: start anew
		}
	}

	return {
		get state() {
			return state;
		},

		/** Merge `changes` and remember them. */
		save(changes) {
			state = { ...state, ...changes };
			try {
				window.sessionStorage.setItem(name, JSON.stringify(state));
			} catch {
				// No room or no storage: the page still works, only a reload would forget.
			}
			return state;
		},

		/** Forget everything except `kept`. */
		clear(kept = {}) {
			state = blank();
			this.save(kept);
		},
	};
}

/** A key nobody else makes, also where crypto.randomUUID is missing (plain http). */
export function uniqueKey() {
	const bytes = window.crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
