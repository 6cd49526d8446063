frappe.ui.form.on("Insurer Register", {
	refresh(frm) {
		frm.set_df_property("rows", "cannot_add_rows", true);
		frm.set_df_property("rows", "cannot_delete_rows", frm.doc.status !== "Draft");
		const grid = frm.fields_dict.rows.grid;
		grid.update_docfield_property("icd10", "read_only", frm.doc.status !== "Draft");
		for (const field of ["decision", "reason"]) {
			grid.update_docfield_property(field, "read_only", frm.doc.status !== "Sent");
		}
		if (frm.is_new()) return;
		if (frm.doc.status === "Draft" && frm.perm[0]?.write) {
			const button = frm.add_custom_button(__("Collect the Services"), () => collect(frm));
			if (!frm.doc.row_count) button.addClass("btn-primary");
		}
		if (frm.doc.row_count) add_files(frm);
		if (["Accepted", "Partly Refused"].includes(frm.doc.status) && frm.doc.accepted > 0) {
			frm.add_custom_button(__("Record the Payment"), () => record_payment(frm)).addClass("btn-primary");
		}
		const open = frm.doc.rows.filter((row) => row.decision === "Refused" && !row.settled);
		if (open.length && ["Partly Refused", "Paid"].includes(frm.doc.status)) {
			frm.set_intro(__("Refused rows to decide about: {0}", [open.length]), "orange");
			frm.add_custom_button(__("Decide About Refused Rows"), () => settle(frm, open));
		}
	},
});

async function collect(frm) {
	if (frm.is_dirty()) await frm.save();
	await frm.call({ doc: frm.doc, method: "collect", freeze: true, freeze_message: __("Collecting the services…") });
	await frm.reload_doc();
	const found = frm.doc.row_count ? __("Services in the register: {0}", [frm.doc.row_count]) : __("Nothing was billed");
	frappe.show_alert({ message: found, indicator: frm.doc.row_count ? "green" : "orange" });
}

function add_files(frm) {
	const get = (method) => open_url_post(`/api/method/lab_crm.erp.register_files.${method}`, { register: frm.doc.name });
	frm.add_custom_button(__("Excel"), () => get("workbook"), __("Download"));
	frm.add_custom_button(__("PDF"), () => get("paper"), __("Download"));
	if (frm.doc.funding !== "OMS") return;
	frm.add_custom_button(__("XML"), () => get("oms_xml"), __("Download"));
	frm.add_custom_button(__("Check"), () => show_problems(frm));
}

function record_payment(frm) {
	const fields = [
		{ fieldname: "paid_on", fieldtype: "Date", label: __("Paid On"), default: "Today", reqd: 1 },
		{ fieldname: "reference", fieldtype: "Data", label: __("Payment Order No."), reqd: 1 },
	];
	const sum = format_currency(frm.doc.accepted, frappe.boot.sysdefaults.currency);
	frappe.prompt(fields, (values) => decide(frm, "record_payment", values),
		__("Payment of the insurer: {0}", [sum]), __("Record the Payment"));
}

function settle(frm, open) {
	const dialog = new frappe.ui.Dialog({
		title: __("Decide About Refused Rows"),
		fields: [
			{
				fieldname: "row",
				fieldtype: "Select",
				label: __("Row"),
				reqd: 1,
				options: open.map((row) => ({
					value: row.name,
					label: `${row.idx}. ${row.patient_name}, ${row.service_name}: ${row.reason}`,
				})),
			},
			{
				fieldname: "how",
				fieldtype: "Select",
				label: __("What to Do"),
				reqd: 1,
				options: ["To the Next Register", "Billed to the Patient"].map((value) => ({ value, label: __(value) })),
				description: __("Corrected, it goes to the next register; otherwise the patient owes for it at the price of the visit"),
			},
		],
		primary_action_label: __("Decide"),
		primary_action: async (values) => {
			await decide(frm, "settle", values);
			dialog.hide();
		},
	});
	dialog.show();
}

// The server decides by what is stored; an older copy in the browser must not keep it from doing so.
async function decide(frm, method, values) {
	await frm.reload_doc();
	await frm.call(method, values);
	await frm.reload_doc();
}

async function show_problems(frm) {
	const { message } = await frm.call("problems");
	if (!message.length) {
		frappe.show_alert({ message: __("Everything is filled in"), indicator: "green" });
		return;
	}
	const cell = (text) => `<td>${frappe.utils.escape_html(String(text))}</td>`;
	const rows = message.map((one) => `<tr>${cell(one.row || "")}${cell(one.message)}</tr>`);
	frappe.msgprint({
		title: __("What Is Missing"),
		wide: true,
		message: `<table class="table table-bordered"><tr><th>${__("Row")}</th><th>${__("What to Do")}</th></tr>${rows.join("")}</table>`,
	});
}
