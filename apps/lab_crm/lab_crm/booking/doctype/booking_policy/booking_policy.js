frappe.ui.form.on("Booking Policy", {
	refresh(frm) {
		if (!frm.has_perm("write")) return;
		frm.add_custom_button(__("What It Would Have Done"), () => preview(frm));
	},
});

/** Show what the policy, as it stands in the form, would have done last month; nothing is saved. */
async function preview(frm) {
	const { message } = await frappe.call({
		method: "lab_crm.booking.preview.last_month",
		args: { values: JSON.stringify(frm.doc) },
		freeze: true,
	});
	if (!message) return;
	const dialog = new frappe.ui.Dialog({
		title: __("What It Would Have Done"),
		size: "large",
		fields: [{ fieldname: "outcome", fieldtype: "HTML" }],
	});
	dialog.fields_dict.outcome.$wrapper.html(summary(message) + list(message));
	dialog.show();
}

const cell = (text) => `<td>${frappe.utils.escape_html(String(text))}</td>`;
const sum = (value) => `<td class="text-right">${format_currency(value, frappe.boot.sysdefaults.currency)}</td>`;
const number = (value) => `<td class="text-right">${value}</td>`;
const head = (titles) => `<thead><tr>${titles.map((title) => `<th>${title}</th>`).join("")}</tr></thead>`;

function table(titles, rows) {
	return `<table class="table table-bordered">${head(titles)}<tbody>${rows.join("")}</tbody></table>`;
}

function summary({ from, to, bookings, applies, effects, is_cut }) {
	const dates = [from, to].map((day) => frappe.datetime.str_to_user(day));
	const text = __("From {0} to {1}: {2} bookings, these rules would apply to {3}", [...dates, bookings, applies]);
	const cut = is_cut ? `<p class="text-muted">${__("There were more: the latest are looked at")}</p>` : "";
	const rows = effects.map(({ label, count, patients, sum: total }) =>
		`<tr>${cell(label)}${number(count)}${number(patients)}${total ? sum(total) : "<td></td>"}</tr>`);
	return `<p>${text}</p>${cut}${table(["", __("Bookings"), __("Patients"), __("Sum")], rows)}`;
}

function list({ rows, effects }) {
	if (!rows.length) return `<p>${__("Nobody would have been asked for a prepayment")}</p>`;
	const total = effects.find(({ key }) => key === "prepay").count;
	const lines = rows.map((row) => `<tr>
		<td><a href="/app/booking/${encodeURIComponent(row.booking)}">${frappe.utils.escape_html(row.patient_name || row.booking)}</a></td>
		${cell(frappe.datetime.str_to_user(row.start))}${number(row.misses)}${sum(row.prepayment)}${cell(row.status)}</tr>`);
	const more = total > rows.length ? `<p class="text-muted">${__("Shown: {0} of {1}", [rows.length, total])}</p>` : "";
	const titles = [__("Patient"), __("Start"), __("Misses Before"), __("Prepayment"), __("What Happened")];
	return `<h5>${__("Prepayments")}</h5>${table(titles, lines)}${more}`;
}
