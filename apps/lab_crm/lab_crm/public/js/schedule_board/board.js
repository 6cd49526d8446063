// The schedule board: filters, reading, live changes, and what a click or a drop does.
import { Drag } from "./drag.js";
import { Grid } from "./grid.js";
import { day_words, Layout, wall_time } from "./layout.js";
import { legend, OMS } from "./states.js";

const METHODS = "lab_crm.booking.page.schedule_board.schedule_board.";
const EVENT = "lab_schedule_changed"; // lab_crm/booking/live.py
const CALM = 250; // ms: changes that come together are read together
const KEPT = "lab_crm:schedule_board";
const DAYS = { Day: 1, Week: 7 };

export class ScheduleBoard {
	constructor(page) {
		this.page = page;
		this.serial = 0;
		this._build();
		this.ready = this._start();
		this._listen();
	}

	/** The page has come to the front. */
	async show() {
		this.visible = true;
		frappe.realtime.doctype_subscribe("Booking");
		await this.ready;
		const asked = frappe.route_options || {};
		frappe.route_options = null;
		if (asked.date || asked.branches || asked.view) await this._choose(asked);
		else if (this.loaded) await this.load();
	}

	hide() {
		this.visible = false;
	}

	/** Read what is chosen and draw it. Of answers that overtake each other the last asked for counts. */
	async load() {
		const serial = ++this.serial;
		const { branches, date, view } = this.chosen();
		const args = { branches: JSON.stringify(branches), first_day: first_day(date, view), days: DAYS[view] };
		const { message } = await call("get_board", args, "GET");
		if (serial !== this.serial) return;
		const read_at = Date.now();
		message.now_of = (branch) => branch.now + Math.floor((Date.now() - read_at) / 60000);
		// What has not changed is not drawn again: whoever has the focus on a booking keeps it.
		const seen = JSON.stringify({ ...message, branches: message.branches.map(({ now, ...rest }) => rest) });
		if (seen === this.seen) return;
		Object.assign(this, { seen, data: message, loaded: true });
		this.draw();
	}

	draw() {
		if (this.drag.active) return void (this.waiting = true);
		this.waiting = false;
		const { kind, search } = this.chosen();
		const part = (search || "").trim().toLowerCase();
		const layout = new Layout(this.data, (column) => {
			const specialist = column.kind === "Specialist";
			if ((kind === "Specialists" && !specialist) || (kind === "Rooms" && specialist)) return false;
			return !part || `${column.title} ${column.note}`.toLowerCase().includes(part);
		});
		this.empty.toggle(!layout.columns.length);
		this.grid.draw(layout);
		if (!this.scrolled && layout.columns.length) this._scroll_to_now(layout);
	}

	chosen() {
		const value = (field) => this.fields[field].get_value();
		return {
			branches: value("branches") || [],
			date: value("date") || frappe.datetime.get_today(),
			view: value("view"),
			kind: value("kind"),
			search: value("search"),
		};
	}

	_build() {
		const { page } = this;
		const changed = () => this.ready_to_load && this._chosen_anew();
		const get_data = (text) => this._branch_options(text);
		const options = (values) => values.map((value) => ({ value, label: __(value) }));
		const add = (df) => page.add_field({ change: changed, ...df });
		this.fields = {
			branches: add({ fieldtype: "MultiSelectList", fieldname: "branches", label: __("Branches"), get_data }),
			date: add({ fieldtype: "Date", fieldname: "date", label: __("Date"), default: frappe.datetime.get_today() }),
			view: add({ fieldtype: "Select", fieldname: "view", options: options(["Day", "Week"]), default: "Day" }),
			kind: add({
				fieldtype: "Select",
				fieldname: "kind",
				options: options(["All Columns", "Specialists", "Rooms"]),
				default: "All Columns",
			}),
			search: page.add_field({
				fieldtype: "Data",
				fieldname: "search",
				label: __("Doctor or room"),
				input_class: "input-xs",
			}),
		};
		this.fields.search.$input.on("input", frappe.utils.debounce(() => this.loaded && this.draw(), 150));
		this._build_steps();
		page.set_primary_action(__("New Booking"), () => this._new_booking(), "add");
		page.main.addClass("lab-board-page");
		page.main.append(`<div class="lab-legend">${legend()}</div>`);
		this.empty = $(`<div class="lab-empty text-muted">${__("Choose a branch that has a schedule")}</div>`);
		page.main.append(this.empty.hide());
		this.grid = new Grid(page.main[0]);
		this.drag = new Drag(this.grid, (move) => this._drop(move));
		this.grid.lanes.addEventListener("click", (event) => this._click(event));
	}

	_build_steps() {
		const step = (number) => () => {
			const { date, view } = this.chosen();
			this.fields.date.set_value(number ? frappe.datetime.add_days(date, number * DAYS[view]) : frappe.datetime.get_today());
		};
		this.page.add_inner_button(__("Earlier"), step(-1));
		this.page.add_inner_button(__("Today"), step(0));
		this.page.add_inner_button(__("Later"), step(1));
	}

	async _start() {
		const { message } = await call("get_branches", {}, "GET");
		this.branches = message;
		const asked = { ...kept(), ...frappe.route_options };
		frappe.route_options = null;
		await this._choose(asked, true);
	}

	/** Set the filters to what a link asks for or what was chosen last time. */
	async _choose(asked, with_default = false) {
		this.ready_to_load = false;
		const names = new Set(this.branches.map((branch) => branch.name));
		let branches = [].concat(typeof asked.branches === "string" ? asked.branches.split(",") : asked.branches || []);
		branches = branches.filter((name) => names.has(name));
		if (!branches.length && with_default) branches = this._own_branch();
		if (branches.length) await this._set_branches(branches);
		if (asked.date) await this.fields.date.set_value(asked.date);
		if (asked.view in DAYS) await this.fields.view.set_value(asked.view);
		this.ready_to_load = true;
		await this.load();
	}

	_own_branch() {
		const own = frappe.defaults.get_user_default("Lab Branch");
		const found = this.branches.find((branch) => branch.name === own) || this.branches[0];
		return found ? [found.name] : [];
	}

	async _set_branches(names) {
		const field = this.fields.branches;
		// The list shows labels only of options it has once been given.
		await field.set_options?.();
		await field.set_value(names);
		field._selected_values = (field._options || []).filter((option) => names.includes(option.value));
		field.update_status?.();
	}

	_branch_options(text) {
		const part = (text || "").toLowerCase();
		const found = (this.branches || []).filter((branch) => branch.branch_name.toLowerCase().includes(part));
		return found.map((branch) => ({ value: branch.name, label: branch.branch_name, description: "" }));
	}

	_chosen_anew() {
		const { branches, view } = this.chosen();
		localStorage.setItem(KEPT, JSON.stringify({ user: frappe.session.user, branches, view }));
		this.scrolled = false;
		this._load_soon();
	}

	_load_soon() {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.load(), CALM);
	}

	_listen() {
		frappe.realtime.on(EVENT, (change) => this._is_shown(change) && this._load_soon());
		// What happened while the line was down is not told again.
		frappe.realtime.on("connect", () => {
			if (!this.visible) return;
			frappe.realtime.doctype_subscribe("Booking");
			if (this.loaded) this._load_soon();
		});
		setInterval(() => this.visible && this.loaded && this.grid.draw_now(), 60000);
	}

	/** Whether a change may be in what is shown; days are compared loosely, for branches live in many zones. */
	_is_shown({ branches, from, to }) {
		if (!this.visible || !this.loaded) return false;
		if (!branches) return true;
		const shown = this.data.branches;
		const days = shown[0]?.days || [];
		if (!days.length) return false;
		const first = Date.parse(`${days[0].date}T00:00Z`) / 1000 - 86400;
		const last = Date.parse(`${days.at(-1).date}T00:00Z`) / 1000 + 2 * 86400;
		// A booking elsewhere may occupy a specialist who works here too.
		return from < last && to > first;
	}

	_click(event) {
		const body = event.target.closest(".lab-col");
		if (!body || event.target.closest(".lab-block")) return;
		const { column } = body;
		const minute = this.grid.layout.minute_at(this.grid.point(event).y - 6);
		if (!column.hours.some(([, from, to]) => minute >= from && minute < to)) return;
		if (column.group.today && minute < this.data.now_of(column.group.branch) - 15) {
			return frappe.show_alert({ message: __("This time has already passed"), indicator: "orange" });
		}
		const { branch, kind, subject, title } = column.source;
		const is_kept = column.kept.some(([, from, to]) => minute >= from && minute < to);
		this._new_booking({
			branch,
			start: wall_time(column.group.day.date, minute),
			[kind === "Specialist" ? "specialist" : "resource"]: subject,
			title,
			funding: is_kept ? OMS : undefined,
		});
	}

	/** Go to the quick booking, with what was clicked on (see its `show`). */
	_new_booking(wish) {
		if (!frappe.model.can_create("Booking")) return frappe.msgprint(__("You may not make bookings"));
		const { branches } = this.chosen();
		frappe.route_options = wish || (branches.length === 1 ? { branch: branches[0] } : null);
		frappe.set_route("quick-booking");
	}

	async _drop(move) {
		if (await confirmed(move)) await this._move(move);
		if (this.waiting) setTimeout(() => this.draw());
	}

	async _move({ name, booking, start, branch, specialist, resource }) {
		const args = { booking: name, start, seen: booking.seen, branch, specialist, resource };
		try {
			await call("move", args, "POST", true);
			frappe.show_alert({ message: __("The booking is moved"), indicator: "green" });
		} catch {
			// The reason is on the screen; what is shown may be out of date.
		}
		this._load_soon();
	}

	_scroll_to_now(layout) {
		this.scrolled = true;
		const today = layout.groups.find((group) => group.today);
		if (today) this.grid.scroll_to(layout.data.now_of(today.branch) - 60, today.left);
	}
}

function call(method, args, type, freeze = false) {
	return frappe.call({ method: METHODS + method, args, type, freeze });
}

function first_day(date, view) {
	if (view === "Day") return date;
	const weekday = (moment(date).day() + 6) % 7;
	return frappe.datetime.add_days(date, -weekday);
}

function kept() {
	try {
		const found = JSON.parse(localStorage.getItem(KEPT));
		return found?.user === frappe.session.user ? found : {};
	} catch {
		return {};
	}
}

/** Ask before a move: the patient is told of it. */
function confirmed({ booking, start, column, other }) {
	const words = [frappe.utils.escape_html(booking.patient_name), day_words(start.slice(0, 10)), start.slice(11)];
	const where = other ? `<br>${frappe.utils.escape_html(column.source.title)}` : "";
	const question = __("Move the booking of {0} to {1}, {2}?", words) + where;
	return new Promise((resolve) => {
		const dialog = frappe.confirm(question, () => resolve(true), () => resolve(false));
		dialog.$wrapper.on("hidden.bs.modal", () => resolve(false));
	});
}
