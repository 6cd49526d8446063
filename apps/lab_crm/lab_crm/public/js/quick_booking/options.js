// A list to choose from with the arrows while the cursor stays in a field: patients, services, times.

export class Options {
	/**
	 * @param {HTMLElement} element where it goes
	 * @param {{label: string, draw: (item) => string, choose: (item) => void}} how `draw` returns safe HTML
	 */
	constructor(element, how) {
		Object.assign(this, how, { element, items: [], at: 0 });
		element.classList.add("lab-options");
		element.setAttribute("role", "listbox");
		element.setAttribute("aria-label", how.label);
		element.addEventListener("mousedown", (event) => event.preventDefault());
		element.addEventListener("click", (event) => {
			const row = event.target.closest("[data-at]");
			if (row) this.choose(this.items[Number(row.dataset.at)]);
		});
	}

	/** The field in which the arrows and Enter work for this list; other keys go to `more`. */
	follow(field, more = {}) {
		this.field = field;
		field.setAttribute("aria-controls", (this.element.id ||= frappe.dom.get_unique_id()));
		field.addEventListener("keydown", (event) => {
			const action = { ArrowDown: () => this.step(1), ArrowUp: () => this.step(-1), ...more }[event.key];
			if (action && action(event) !== false) event.preventDefault();
		});
	}

	set(items, empty = "") {
		Object.assign(this, { items, at: 0, empty });
		this._draw();
	}

	step(by) {
		if (!this.items.length) return;
		this.at = (this.at + by + this.items.length) % this.items.length;
		this._draw();
	}

	mark(at) {
		this.at = at;
		this._draw();
	}

	/** Choose the marked one; false when there is none. */
	take() {
		if (!this.items.length) return false;
		this.choose(this.items[this.at]);
		return true;
	}

	_draw() {
		const id = (number) => `${this.element.id}-${number}`;
		const row = (item, number) => `<div role="option" id="${id(number)}" data-at="${number}"
			aria-selected="${number === this.at}" class="${number === this.at ? "lab-marked" : ""}">${this.draw(item)}</div>`;
		this.element.innerHTML = this.items.map(row).join("") || (this.empty ? `<p class="text-muted">${this.empty}</p>` : "");
		if (this.items.length) this.field?.setAttribute("aria-activedescendant", id(this.at));
		else this.field?.removeAttribute("aria-activedescendant");
		this.element.querySelector(".lab-marked")?.scrollIntoView({ block: "nearest" });
	}
}
