// The till on a visit: paying in cash, by card, by SBP or by several; giving back the way it was paid.

frappe.provide("lab_crm");

frappe.ui.form.on("Visit", {
	async refresh(frm) {
		// People make operations by these buttons only, so the framework lists them apart from `can_create`.
		if (frm.is_new() || !frappe.boot.user.in_create.includes("Till Operation")) return;
		const due = await frappe.xcall("lab_crm.erp.till.due", { visit: frm.doc.name });
		if (frm.doc.name !== due.visit) return; // another visit was opened meanwhile
		if (due.owed > 0) {
			frm.add_custom_button(__("Take Payment"), () => with_shift(frm, due, pay)).addClass("btn-primary");
		}
		const paid = Object.values(due.paid).some((amount) => amount > 0);
		if (paid) frm.add_custom_button(__("Give Money Back"), () => with_shift(frm, due, give_back));
		const shown = due.receipts.filter((receipt) => receipt.url);
		if (shown.length) frm.add_custom_button(__("Receipt for the Patient"), () => show_receipts(shown));
		if (due.balance) {
			const text = due.balance > 0 ? __("Owes {0}") : __("Has paid {0} in advance");
			const sum = money(Math.abs(due.balance));
			frm.dashboard.add_indicator(text.replace("{0}", sum), due.balance > 0 ? "orange" : "blue");
		}
	},
});

function money(amount) {
	return format_currency(amount, frappe.boot.sysdefaults.currency);
}

/** The patient takes them with the camera of the phone. */
function show_receipts(receipts) {
	const html = (text) => frappe.utils.escape_html(text);
	const one = ({ kind, amount, url, qr }) => `<div class="text-center" style="margin-bottom: 24px">
		<div style="width: 220px; margin: auto">${qr}</div>
		<a href="${html(url)}" target="_blank" rel="noopener">${__(kind)}, ${money(amount)}</a></div>`;
	frappe.msgprint({ title: __("Receipt for the Patient"), message: receipts.map(one).join("") });
}

function with_shift(frm, due, next) {
	if (due.shift) return next(frm, due);
	const field = { fieldname: "cash", fieldtype: "Currency", label: __("Cash at the Start"), default: 0 };
	const opened = async ({ cash }) => {
		await frappe.xcall("lab_crm.erp.till.open_shift", { branch: frm.doc.branch, opening_cash: cash || 0 });
		next(frm, due);
	};
	frappe.prompt(field, opened, __("Open your shift of the till first"), __("Open the Shift"));
}

function amounts(due, limits) {
	return [
		{ fieldname: "Cash", fieldtype: "Currency", label: __("By Cash"), default: limits ? 0 : due.owed },
		{ fieldname: "Card", fieldtype: "Currency", label: __("By Card"), default: 0 },
		{ fieldname: "SBP", fieldtype: "Currency", label: __("By SBP"), default: 0 },
		{ fieldname: "reference", fieldtype: "Data", label: __("Number of the Payment") },
	].filter((field) => !limits || !(field.fieldname in limits) || limits[field.fieldname] > 0);
}

function parts(values) {
	return ["Cash", "Card", "SBP"]
		.filter((mode) => values[mode] > 0)
		.map((mode) => ({ mode, amount: values[mode], reference: mode === "Cash" ? "" : values.reference }));
}

function pay(frm, due) {
	const request_key = frappe.utils.get_random(20);
	const dialog = new frappe.ui.Dialog({
		title: `${__("Take Payment")}: ${money(due.owed)}`,
		fields: [
			...amounts(due),
			{ fieldname: "tendered", fieldtype: "Currency", label: __("Cash Given") },
		],
		primary_action_label: __("Take Payment"),
		primary_action: (values) => send(frm, dialog, "pay", {
			parts: parts(values),
			tendered: values.tendered || 0,
			request_key,
		}),
	});
	dialog.show();
}

function give_back(frm, due) {
	const request_key = frappe.utils.get_random(20);
	const dialog = new frappe.ui.Dialog({
		title: __("Give Money Back"),
		fields: [
			{
				fieldname: "services",
				fieldtype: "MultiCheck",
				label: __("Services that are not done"),
				options: due.services.map((row) => ({ label: `${row.service_name}, ${money(row.price)}`, value: row.service })),
			},
			...amounts(due, due.paid),
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		],
		primary_action_label: __("Give Money Back"),
		primary_action: (values) => send(frm, dialog, "give_back", {
			services: values.services || [],
			parts: parts(values),
			reason: values.reason,
			request_key,
		}),
	});
	dialog.show();
}

async function send(frm, dialog, method, values) {
	dialog.disable_primary_action();
	try {
		const done = await frappe.xcall(`lab_crm.erp.till.${method}`, { visit: frm.doc.name, ...values });
		dialog.hide();
		const change = money(done.change);
		frappe.show_alert({
			message: done.change ? `${__("Done")}. ${__("Change to Give")}: ${change}` : __("Done"),
			indicator: "green",
		}, 10);
		frm.reload_doc();
	} finally {
		dialog.enable_primary_action();
	}
}
