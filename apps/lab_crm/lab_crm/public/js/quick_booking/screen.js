// Quick booking: phone → patient → services → time → done, without leaving the keyboard.
import { Options } from "./options.js";
import { birth_date, birth_words, day_words, html, names, rubles, time_words } from "./words.js";
import { page_of } from "./markup.js";

const METHODS = "lab_crm.booking.page.quick_booking.quick_booking.";
const PAUSE = 150; // ms after the last key
const BRANCH = "lab_crm:quick_booking:branch";

export class QuickBooking {
	constructor(page) {
		this.page = page;
		page.main.html(page_of());
		this.parts = {};
		for (const part of page.main[0].querySelectorAll("[data-part]")) this.parts[part.dataset.part] = part;
		this._lists();
		this._fields();
		page.set_secondary_action(__("Start Over"), () => this.reset());
		this.ready = this._start();
	}

	/** The page has come to the front; a link may wish for `branch`, `start` (its wall clock), `specialist` or
	 * `resource` with its `title`, and `funding`. */
	async show() {
		await this.ready;
		const asked = frappe.route_options;
		frappe.route_options = null;
		if (asked?.branch) this.reset(asked);
		this.parts.phone.focus();
	}

	reset(asked = {}) {
		Object.assign(this, { mobile: null, patient: null, chosen: [], slots: [], slot: null, booking: false });
		if (this.start.branches.some(({ name }) => name === asked.branch)) this.parts.branch.value = asked.branch;
		this.parts.funding.value = asked.funding || this.start.fundings[0];
		this._wish_for(asked.start ? asked : null);
		this._changed();
		for (const field of ["phone", "person", "born", "service"]) this.parts[field].value = "";
		this.parts.sex.value = "";
		for (const list of [this.patients, this.services, this.times]) list.set([]);
		this._show_patient();
		this._show_chosen();
		this._mark("phone");
		this.parts.done.hidden = true;
		this.parts.work.hidden = false;
		this.parts.phone.focus();
	}

	async _start() {
		const { message } = await call("get_start");
		this.start = message;
		const kept = localStorage.getItem(BRANCH) || frappe.defaults.get_user_default("Lab Branch");
		const option = ({ name, branch_name }) => `<option value="${html(name)}">${html(branch_name)}</option>`;
		this.parts.branch.innerHTML = message.branches.map(option).join("");
		if (message.branches.some(({ name }) => name === kept)) this.parts.branch.value = kept;
		const who = (name) => `<option value="${html(name)}">${__(name)}</option>`;
		this.parts.funding.innerHTML = message.fundings.map(who).join("");
		this.reset();
	}

	_lists() {
		const { parts } = this;
		this.patients = new Options(parts.patients, {
			label: __("Patients"),
			draw: (one) =>
				one.is_new
					? `<b>+ ${__("New patient")}</b>`
					: `<b>${html(one.full_name)}</b> <span class="text-muted">${birth_words(one.birth_date)}</span>`,
			choose: (one) => this._take_patient(one),
		});
		this.services = new Options(parts.services, {
			label: __("Services"),
			draw: (one) => `<b>${html(one.service_name)}</b> <span class="text-muted">${html(one.name)}</span>
				<span class="lab-price">${rubles(one.price)}</span>`,
			choose: (one) => this._take_service(one),
		});
		this.times = new Options(parts.times, {
			label: __("Free times"),
			draw: (one) => `<b>${time_words(one.start)}</b> <span class="text-muted">${html(one.specialist_name)}</span>`,
			choose: (one) => this._take_slot(one),
		});
		this.patients.follow(parts.phone, { Enter: () => this._phone_entered() });
		this.services.follow(parts.service, {
			Enter: () => this._service_entered(),
			Backspace: () => (parts.service.value ? false : this._drop_service()),
		});
		this.times.follow(parts.times_box, {
			Enter: () => this._time_entered(),
			ArrowRight: () => this._turn_day(1),
			ArrowLeft: () => this._turn_day(-1),
		});
	}

	_fields() {
		const { parts } = this;
		parts.phone.addEventListener("input", later(() => this._find_patients()));
		parts.service.addEventListener("input", later(() => this._find_services()));
		parts.branch.addEventListener("change", () => {
			localStorage.setItem(BRANCH, parts.branch.value);
			this._wish_for(null);
			this._changed();
			this._show_chosen();
		});
		parts.funding.addEventListener("change", () => {
			this._changed();
			this._show_chosen();
		});
		parts.wished.addEventListener("click", (event) => {
			if (!event.target.closest("button")) return;
			this._wish_for(null);
			this._find_slots();
		});
		parts.newcomer.addEventListener("keydown", (event) => event.key === "Enter" && this._next_of_newcomer(event));
		parts.newcomer.addEventListener("input", () => this._changed());
		parts.consents.addEventListener("keydown", (event) => event.key === "Enter" && this._next_of_newcomer(event));
		parts.book.addEventListener("click", () => this._book());
		parts.again.addEventListener("click", () => this.reset());
		parts.previous.addEventListener("click", () => this._turn_day(-1));
		parts.next.addEventListener("click", () => this._turn_day(1));
		parts.chosen.addEventListener("click", (event) => {
			const chip = event.target.closest("[data-code]");
			if (chip) this._drop_service(chip.dataset.code);
		});
	}

	/** Another request than before gets another key; the same one, sent twice, makes one booking. */
	_changed() {
		this.key = frappe.utils.get_random(24);
	}

	// patient

	async _find_patients() {
		const typed = this.parts.phone.value;
		if (this.searched === typed) return this.searching;
		this.searched = typed;
		this.patient = null;
		this._show_patient();
		this.searching = call("find_patients", { phone: typed }).then(({ message }) => {
			if (this.parts.phone.value !== typed) return;
			this.mobile = message.mobile;
			const found = message.mobile ? [...message.patients, { is_new: true, consents: [] }] : [];
			this.patients.set(found);
		});
		return this.searching;
	}

	/** Enter may come before the answer: it waits for it, and what is typed meanwhile is no part of the number. */
	async _phone_entered() {
		this.parts.phone.readOnly = true;
		try {
			await this._find_patients();
		} finally {
			this.parts.phone.readOnly = false;
		}
		if (this.mobile) this.patients.take();
		else this._say(__("Enter the whole phone number"));
	}

	_take_patient(one) {
		this._changed();
		this.patient = one;
		this._show_patient();
		if (one.is_new) return this.parts.person.focus();
		const box = this.parts.consents.querySelector("input");
		if (box) box.focus();
		else this._to("service");
	}

	_show_patient() {
		const { parts, patient } = this;
		parts.newcomer.hidden = !patient?.is_new;
		parts.patients.hidden = Boolean(patient);
		parts.who.hidden = !patient || patient.is_new;
		if (patient && !patient.is_new) {
			parts.who.innerHTML = `<b>${html(patient.full_name)}</b>, ${birth_words(patient.birth_date)}`;
		}
		const asked = patient ? this.start.consents.filter(({ purpose }) => !patient.consents.includes(purpose)) : [];
		// A message is promised with the booking, so it is asked for beside what the law requires, never alone.
		const wanted = asked.some((one) => one.is_required) ? asked : [];
		parts.consents.innerHTML = wanted.map(consent_row).join("");
		parts.consents_of.hidden = !wanted.length;
	}

	_next_of_newcomer(event) {
		event.preventDefault();
		if (event.target.type === "checkbox") event.target.checked = true;
		const fields = [...this.page.main[0].querySelectorAll("[data-newcomer], [data-part=consents] input")];
		const shown = fields.filter((field) => field.offsetParent);
		const following = shown[shown.indexOf(event.target) + 1];
		if (following) following.focus();
		else this._to("service");
	}

	// services

	async _find_services() {
		const text = this.parts.service.value.trim();
		if (this.looked_for === text) return this.looking;
		this.looked_for = text;
		if (!text) return this.services.set([]);
		this.looking = call("find_services", { branch: this.parts.branch.value, text }).then(({ message }) => {
			if (this.parts.service.value.trim() === text) this.services.set(message, __("No such service"));
		});
		return this.looking;
	}

	async _service_entered() {
		if (this.parts.service.value.trim()) {
			await this._find_services();
			this.services.take();
		} else if (this.chosen.length) this._to("times_box");
		else this._say(__("Choose at least one service"));
	}

	_take_service(one) {
		if (!this.chosen.some(({ name }) => name === one.name)) this.chosen.push(one);
		this.parts.service.value = "";
		this.looked_for = "";
		this.services.set([]);
		this._changed();
		this._show_chosen();
		this.parts.service.focus();
	}

	_drop_service(code) {
		this.chosen = code ? this.chosen.filter(({ name }) => name !== code) : this.chosen.slice(0, -1);
		this._changed();
		this._show_chosen();
	}

	_show_chosen() {
		const chip = ({ name, service_name, price }) => `<button type="button" class="btn btn-xs btn-default" data-code="${html(name)}"
			title="${__("Remove")}">${html(service_name)} <span class="text-muted">${rubles(price)}</span> ✕</button>`;
		this.parts.chosen.innerHTML = this.chosen.map(chip).join("");
		this._find_slots();
	}

	// times

	/** What was clicked on the schedule board: the time and whose; null: any. */
	_wish_for(wish) {
		this.wish = wish;
		this.parts.wished.hidden = !wish;
		if (!wish) return;
		const words = [day_words(wish.start), time_words(wish.start), html(wish.title)].filter(Boolean).join(", ");
		this.parts.wished.innerHTML = `${__("Chosen on the board")}: <b>${words}</b>
			<button type="button" class="btn btn-xs btn-default" title="${__("Any time and anybody")}">✕</button>`;
	}

	async _find_slots() {
		const serial = (this.serial = (this.serial || 0) + 1);
		Object.assign(this, { slots: [], slot: null });
		this.times.set([]);
		this._show_summary();
		if (!this.chosen.length) return this._show_day();
		this.finding = call("find_slots", { ...this._place(), first_day: this.wish?.start.slice(0, 10) }).then(({ message }) => {
			if (serial !== this.serial) return;
			this.slots = message;
			this.days = [...new Set(message.map(({ start }) => start.slice(0, 10)))];
			this.day = 0;
			this._show_day();
		});
		await this.finding.catch(() => {});
	}

	/** What is to be booked where, without the time. */
	_place() {
		return {
			branch: this.parts.branch.value,
			services: JSON.stringify(this.chosen.map(({ name }) => name)),
			specialist: this.wish?.specialist,
			resource: this.wish?.resource,
			funding: this.parts.funding.value,
		};
	}

	_turn_day(by) {
		if (!this.days?.[this.day + by]) return;
		this.day += by;
		this._show_day();
		this.parts.times_box.focus();
	}

	_show_day() {
		const day = this.slots.length && this.days[this.day];
		this.parts.day.textContent = day ? day_words(day) : "";
		this.parts.previous.disabled = !day || !this.day;
		this.parts.next.disabled = !day || this.day === this.days.length - 1;
		const nothing = this.wish
			? __("{0} has no free time for these services", [html(this.wish.title)])
			: __("Nothing is free in the next two weeks");
		const shown = day ? this.slots.filter(({ start }) => start.startsWith(day)) : [];
		this.times.set(shown, this.chosen.length ? nothing : __("First choose the services"));
		const wished = this.wish ? shown.findIndex(({ start }) => start.slice(0, 16) >= this.wish.start) : -1;
		if (wished > 0) this.times.mark(wished);
	}

	async _time_entered() {
		await this.finding;
		this.times.take();
	}

	_take_slot(slot) {
		this.slot = slot;
		this._changed();
		this._show_summary();
		this._to("book");
	}

	_show_summary() {
		const { slot } = this;
		this.parts.book.disabled = !slot;
		const when = slot ? `${day_words(slot.start)}, ${time_words(slot.start)}` : "";
		const total = this.chosen.reduce((sum, { price }) => sum + (price || 0), 0);
		this.parts.summary.innerHTML = slot ? [when, html(slot.specialist_name), rubles(total)].filter(Boolean).join(" · ") : "";
	}

	// done

	async _book() {
		if (this.booking) return;
		const patient = this._patient_to_send();
		if (!patient) return;
		this.booking = true;
		try {
			const { message } = await call("book", this._request(patient), "POST");
			this._show_done(message);
		} catch {
			// The reason is on the screen. What was free may be taken now.
			await this._find_slots();
			this._to("times_box");
		} finally {
			this.booking = false;
		}
	}

	_request(patient) {
		const { slot, parts, start } = this;
		const ticked = [...parts.consents.querySelectorAll("input:checked")].map((box) => box.value);
		return {
			...this._place(),
			start: slot.start,
			specialist: slot.specialist,
			patient,
			consents: JSON.stringify(ticked),
			channel: start.channel,
			request_key: this.key,
		};
	}

	/** The patient's card, or a description of a new one; nothing while something is missing. */
	_patient_to_send() {
		const { parts, patient } = this;
		const missing = (text, field) => (this._say(text), parts[field].focus(), null);
		if (!patient) return missing(__("First choose the patient"), "phone");
		const unticked = [...parts.consents.querySelectorAll("input[required]:not(:checked)")];
		if (!patient.is_new && !unticked.length) return patient.name;
		const named = names(parts.person.value);
		if (patient.is_new && !named.first_name) return missing(__("Enter the last name and the first name"), "person");
		const born = birth_date(parts.born.value);
		if (patient.is_new && !born) return missing(__("Enter the birth date"), "born");
		if (unticked.length) {
			unticked[0].focus();
			return this._say(__("Without this consent a booking is not possible"));
		}
		return JSON.stringify({ ...named, birth_date: born, sex: parts.sex.value || "Unknown", mobile: this.mobile });
	}

	_show_done(made) {
		const { parts } = this;
		const when = `${day_words(made.start)}, ${time_words(made.start)}`;
		parts.done_text.innerHTML = `<h4>${made.status === "Held" ? __("The time is held") : __("The booking is made")}</h4>
			<p><a href="/app/booking/${encodeURIComponent(made.booking)}">${html(made.patient_name)} · ${when}</a></p>
			${made.preparation ? `<p class="text-muted">${__("Tell the patient how to prepare")}:</p><p>${html(made.preparation)}</p>` : ""}`;
		parts.work.hidden = true;
		parts.done.hidden = false;
		parts.again.focus();
	}

	_to(part) {
		this._mark(part);
		this.parts[part].focus();
	}

	_mark(part) {
		for (const step of this.page.main[0].querySelectorAll(".lab-step")) {
			step.classList.toggle("lab-current", step.contains(this.parts[part]));
		}
	}

	_say(message) {
		frappe.show_alert({ message, indicator: "orange" });
	}
}

function consent_row({ purpose, text, is_required }) {
	const mark = is_required ? `required aria-required="true"` : "";
	const note = is_required ? "" : ` <span class="text-muted">(${__("optional")})</span>`;
	return `<label><input type="checkbox" value="${html(purpose)}" ${mark}> ${html(strip(text))}${note}</label>`;
}

function strip(text) {
	return new DOMParser().parseFromString(text, "text/html").body.textContent;
}

function later(action) {
	return frappe.utils.debounce(action, PAUSE);
}

function call(method, args = {}, type = "GET") {
	return frappe.call({ method: METHODS + method, args, type });
}
