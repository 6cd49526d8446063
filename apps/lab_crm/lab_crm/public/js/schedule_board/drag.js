// Dragging a booking to another time or column. The block stays where it is until the server has agreed.
import { clock, minutes_between, wall_time } from "./layout.js";

const THRESHOLD = 5; // px: less is a click
const EDGE = 48; // px from the border, where the board scrolls by itself
const SPEED = 14;

export class Drag {
	/**
	 * @param {import("./grid.js").Grid} grid
	 * @param {(move: object) => Promise<void>} drop called with where a booking was dropped
	 */
	constructor(grid, drop) {
		this.grid = grid;
		this.drop = drop;
		grid.lanes.addEventListener("pointerdown", (event) => this._press(event));
		// A link that has been dragged is not followed.
		grid.lanes.addEventListener("click", (event) => this.dragged && this._swallow(event), true);
	}

	get active() {
		return Boolean(this.held);
	}

	_press(event) {
		const block = event.target.closest(".lab-movable");
		this.dragged = false;
		if (!block || event.button || this.held || event.pointerType === "touch") return;
		const box = block.getBoundingClientRect();
		this.held = { block, x: event.clientX, y: event.clientY, grip: event.clientY - box.top, event };
		this.listening = new AbortController();
		const { signal } = this.listening;
		window.addEventListener("pointermove", (moved) => this._move(moved), { signal });
		window.addEventListener("pointerup", () => this._release(), { signal });
		window.addEventListener("pointercancel", () => this.cancel(), { signal });
		window.addEventListener("keydown", (pressed) => pressed.key === "Escape" && this.cancel(), { signal });
	}

	_move(event) {
		const { held } = this;
		held.event = event;
		if (!held.ghost && Math.hypot(event.clientX - held.x, event.clientY - held.y) < THRESHOLD) return;
		if (!held.ghost) this._lift();
		this._follow();
	}

	_lift() {
		const { held, grid } = this;
		held.ghost = held.block.cloneNode(true);
		held.ghost.removeAttribute("href");
		held.ghost.classList.add("lab-ghost");
		held.block.classList.add("lab-lifted");
		grid.lanes.append(held.ghost);
		this.dragged = true;
		const scroll = () => {
			if (this.held !== held) return;
			this._scroll_at_edge();
			requestAnimationFrame(scroll);
		};
		requestAnimationFrame(scroll);
	}

	_follow() {
		const { held, grid } = this;
		const { x, y } = grid.point(held.event);
		held.column = grid.layout.column_at(x);
		held.minute = grid.layout.minute_at(y - held.grip);
		const seat = held.column.width / held.column.source.seats;
		Object.assign(held.ghost.style, {
			left: `${held.column.left}px`,
			top: `${grid.layout.y(held.minute)}px`,
			width: `${seat - 2}px`,
		});
		held.ghost.dataset.time = clock(held.minute);
	}

	_scroll_at_edge() {
		const { root } = this.grid;
		const box = root.getBoundingClientRect();
		const { clientX: x, clientY: y } = this.held.event;
		const step = (at, low, high) => (at < low + EDGE ? -SPEED : at > high - EDGE ? SPEED : 0);
		const [dx, dy] = [step(x, box.left + 50, box.right), step(y, box.top + 50, box.bottom)];
		if (!dx && !dy) return;
		root.scrollBy(dx, dy);
		this._follow();
	}

	async _release() {
		const { held } = this;
		this.listening.abort();
		if (!held.ghost) return this._let_go();
		const from = held.block.closest(".lab-col").column;
		const was = Number(held.block.dataset.from);
		if (held.column === from && held.minute === was) return this._let_go();
		try {
			await this.drop(this._target(held, from, was));
		} finally {
			this._let_go();
		}
	}

	/** A step of a longer visit takes the whole visit with it. */
	_target({ block, column, minute }, from, was) {
		const booking = this.grid.layout.data.bookings[block.dataset.booking];
		const into_visit = minutes_between(booking.start.slice(0, 16), wall_time(from.group.day.date, was));
		const { source, group } = column;
		const start = wall_time(group.day.date, minute - into_visit);
		const other = source.subject !== from.source.subject || source.branch !== from.source.branch;
		const kind = source.kind === "Specialist" ? "specialist" : "resource";
		// Along its own column it keeps its chair or doctor; the rest of the visit is arranged anew.
		return { name: block.dataset.booking, booking, start, column, other, branch: source.branch, [kind]: source.subject };
	}

	cancel() {
		this.listening.abort();
		this._let_go();
	}

	_let_go() {
		this.held.ghost?.remove();
		this.held.block.classList.remove("lab-lifted");
		this.held = null;
	}

	_swallow(event) {
		event.preventDefault();
		event.stopPropagation();
		this.dragged = false;
	}
}
