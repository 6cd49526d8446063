// Draws the layout: only the columns near the visible part are in the page, however many there are.
import { OMS, STATES } from "./states.js";
import { clock, day_words } from "./layout.js";

const MARGIN = 400;
const html = (text) => frappe.utils.escape_html(text || "");

export class Grid {
	/** @param {HTMLElement} parent where the board goes */
	constructor(parent) {
		this.root = document.createElement("div");
		this.root.className = "lab-board";
		this.root.tabIndex = 0;
		this.root.setAttribute("role", "region");
		this.root.setAttribute("aria-label", __("Schedule Board"));
		this.root.innerHTML = `<div class="lab-canvas">
			<div class="lab-head"><div class="lab-corner"></div></div>
			<div class="lab-body"><div class="lab-times"></div><div class="lab-lanes"></div></div>
		</div>`;
		parent.append(this.root);
		for (const part of ["canvas", "head", "times", "lanes"]) this[part] = this.root.querySelector(`.lab-${part}`);
		this.drawn = new Map();
		this.root.addEventListener("scroll", () => this._soon(), { passive: true });
		this.resizing = new ResizeObserver(() => this._soon());
		this.resizing.observe(this.root);
	}

	/** Draw another layout in place of the one before; the scroll position stays. */
	draw(layout) {
		this.layout = layout;
		for (const { head, body } of this.drawn.values()) [head, body].forEach((element) => element.remove());
		this.drawn.clear();
		this.head.querySelectorAll(".lab-group").forEach((element) => element.remove());
		const head = this.head.offsetHeight;
		Object.assign(this.lanes.style, { width: `${layout.width}px`, height: `${layout.height}px` });
		this.canvas.style.width = `${layout.width + this.times.offsetWidth}px`;
		this.canvas.style.minHeight = `${layout.height + head}px`;
		this.times.innerHTML = hours_of(layout);
		this.head.insertAdjacentHTML("beforeend", layout.groups.map(group_head).join(""));
		this.draw_now();
		this._draw_visible();
	}

	/** The line of the present, in each branch at its own time. */
	draw_now() {
		this.lanes.querySelectorAll(".lab-now").forEach((element) => element.remove());
		for (const group of this.layout.groups.filter((one) => one.today)) {
			const minute = this.layout.data.now_of(group.branch);
			if (minute < this.layout.first || minute > this.layout.last) continue;
			const place = `left:${group.left}px;width:${group.width}px;top:${this.layout.y(minute)}px`;
			this.lanes.insertAdjacentHTML("beforeend", `<div class="lab-now" style="${place}"></div>`);
		}
	}

	/** Scroll so that a minute of the day is at the top and what lies at `left` begins the row. */
	scroll_to(minute, left) {
		Object.assign(this.root, { scrollTop: Math.max(this.layout.y(minute), 0), scrollLeft: left });
	}

	/** Where a point of the window is in the lanes. */
	point(event) {
		const box = this.lanes.getBoundingClientRect();
		return { x: event.clientX - box.left, y: event.clientY - box.top };
	}

	_soon() {
		this.frame ??= requestAnimationFrame(() => {
			this.frame = null;
			if (this.layout) this._draw_visible();
		});
	}

	_draw_visible() {
		const left = this.root.scrollLeft - MARGIN;
		const wanted = new Set(this.layout.between(left, left + this.root.clientWidth + 2 * MARGIN));
		for (const [column, elements] of this.drawn) {
			if (wanted.has(column)) continue;
			elements.head.remove();
			elements.body.remove();
			this.drawn.delete(column);
		}
		for (const column of wanted) if (!this.drawn.has(column)) this.drawn.set(column, this._draw_column(column));
	}

	_draw_column(column) {
		const { source } = column;
		const place = `left:${column.left}px;width:${column.width}px`;
		const kind = source.note || __(source.kind === "Specialist" ? "Specialist" : source.kind);
		const head = element(`<div class="lab-col-head" style="${place}" title="${html(`${source.title}, ${kind}`)}">
			<b class="ellipsis">${html(source.title)}</b><span class="ellipsis">${html(kind)}</span></div>`);
		const hours = column.hours.map(([, from, to]) => `<div class="lab-hours" style="${this._span(from, to)}"></div>`);
		const kept = column.kept.map(([, from, to]) => `<div class="lab-kept" style="${this._span(from, to)}"
			title="${__("Kept for OMS")}"><b class="lab-oms">${__(OMS)}</b></div>`);
		const blocks = column.blocks.map((block) => this._block(block, column));
		const parts = [...hours, ...kept, ...blocks].join("");
		const body = element(`<div class="lab-col" style="${place}">${parts}</div>`);
		body.column = column;
		this.head.append(head);
		this.lanes.append(body);
		return { head, body };
	}

	_span(from, to) {
		return `top:${this.layout.y(from)}px;height:${this.layout.y(to) - this.layout.y(from)}px`;
	}

	_block(block, column) {
		const place = `${this._span(block.from, block.to)};left:${block.left}px;width:${block.width - 2}px`;
		const booking = this.layout.data.bookings[block.booking];
		const time = `${clock(block.from)}–${clock(block.to)}`;
		if (!booking) {
			const title = html(`${time}, ${__("Taken")}`);
			return `<div class="lab-block lab-taken" style="${place}" title="${title}"><span>${__("Taken")}</span></div>`;
		}
		const { sign, css } = STATES[booking.status];
		const oms = booking.funding === OMS ? `<b class="lab-oms">${__(OMS)}</b>` : "";
		const words = [time, booking.patient_name, __(booking.status), booking.services, oms && __("Funded by OMS")];
		const title = html(`${words.filter(Boolean).join(", ")}. ${column.source.title}`);
		return `<a class="lab-block lab-${css}${booking.movable ? " lab-movable" : ""}" style="${place}" draggable="false"
			href="/app/booking/${encodeURIComponent(block.booking)}" data-booking="${html(block.booking)}"
			data-from="${block.from}" data-status="${html(booking.status)}" title="${title}" aria-label="${title}"
			><i aria-hidden="true">${sign}</i>${oms}<span>${html(booking.patient_name)}</span
			><em>${__(booking.status)}</em></a>`;
	}
}

function hours_of(layout) {
	const hours = [];
	for (let minute = layout.first; minute < layout.last; minute += 60) {
		hours.push(`<time style="top:${layout.y(minute)}px">${clock(minute)}</time>`);
	}
	return hours.join("");
}

function group_head(group) {
	const zone = group.branch.zone ? `<em>${__("local time, {0}", [html(group.branch.zone)])}</em>` : "";
	const text = `${html(group.branch.title)} · ${day_words(group.day.date)}`;
	const place = `left:${group.left}px;width:${group.width}px`;
	return `<div class="lab-group${group.today ? " lab-today" : ""}" style="${place}"><span>${text} ${zone}</span></div>`;
}

function element(text) {
	const template = document.createElement("template");
	template.innerHTML = text.trim();
	return template.content.firstElementChild;
}
