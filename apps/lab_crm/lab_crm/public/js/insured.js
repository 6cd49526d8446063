// Who pays for a booking or visit by DMS: told to the front desk before the patient is sent to the till.

for (const doctype of ["Booking", "Visit"]) {
	frappe.ui.form.on(doctype, {
		refresh: (frm) => show_who_pays(frm, doctype),
	});
}

async function show_who_pays(frm, doctype) {
	if (frm.is_new() || frm.doc.funding !== "DMS" || !frappe.model.can_read("Guarantee Letter")) return;
	if (["Cancelled", "No Show"].includes(frm.doc.status)) return;
	const found = await frappe.xcall("lab_crm.erp.insured.who_pays", { doctype, name: frm.doc.name });
	if (found.name !== frm.doc.name) return; // another document was opened meanwhile
	frm.set_intro(frappe.utils.escape_html(found.message), found.patient_sum ? "orange" : "blue");
	frm.add_custom_button(__("Who Pays"), () => show_rows(found));
	if (!found.billed && !found.letter && frappe.model.can_create("Guarantee Letter")) {
		frm.add_custom_button(__("Request a Guarantee Letter"), () => request_letter(frm, found));
	}
}

function show_rows(found) {
	const money = (sum) => format_currency(sum, frappe.boot.sysdefaults.currency);
	const cell = (text) => `<td>${frappe.utils.escape_html(text || "")}</td>`;
	const rows = found.rows.map((row) =>
		`<tr>${cell(row.service_name)}<td class="text-right">${money(row.price)}</td>` +
		`${cell(__(row.payer))}${cell(row.reason)}</tr>`
	);
	const heads = [__("Service"), __("Price"), __("Who Pays"), __("Reason")].map((head) => `<th>${head}</th>`);
	frappe.msgprint({
		title: __("Who Pays"),
		wide: true,
		message: `<table class="table table-bordered"><tr>${heads.join("")}</tr>${rows.join("")}</table>`,
	});
}

function request_letter(frm, found) {
	const letter = frappe.model.get_new_doc("Guarantee Letter");
	letter.patient = frm.doc.patient;
	letter.patient_name = frm.doc.patient_name;
	letter.contract = found.contract;
	letter.booking = frm.doctype === "Booking" ? frm.doc.name : frm.doc.booking;
	for (const row of frm.doc.services || []) {
		const line = frappe.model.add_child(letter, "Guarantee Letter Service", "services");
		Object.assign(line, { service: row.service, service_name: row.service_name, quantity: 1 });
	}
	frappe.set_route("Form", "Guarantee Letter", letter.name);
}
