// A referral to another laboratory: sent by a button, its results taken from the workbook that comes back.

const RETURNS = "lab_crm.lis.external.returns";
const SENDING = "lab_crm.lis.external.sending";

frappe.ui.form.on("External Referral", {
	refresh(frm) {
		if (frm.is_new()) {
			frm.set_intro(__("Referrals are made by orders: add the service to an external laboratory."), "blue");
			frm.disable_save();
			return;
		}
		const papers = __("Papers");
		frm.add_custom_button(__("Workbook (.xlsx)"), () => open_paper(frm, "xlsx"), papers);
		frm.add_custom_button(__("Sheet (.pdf)"), () => open_paper(frm, "pdf"), papers);
		if (!frappe.model.can_write("External Referral")) return;
		if (frm.doc.status === "Draft" && frm.doc.items.length) {
			frm.add_custom_button(__("Send to the Laboratory"), () => send(frm)).addClass("btn-primary");
		} else if (["Sent", "Partly Returned", "Returned"].includes(frm.doc.status)) {
			const button = frm.add_custom_button(__("Take Results from Excel"), () => choose_file(frm));
			if (frm.doc.status !== "Returned") button.addClass("btn-primary");
		}
	},
});

function open_paper(frm, kind) {
	const search = new URLSearchParams({ referral: frm.doc.name, kind });
	window.open(`/api/method/${SENDING}.download?${search}`);
}

function send(frm) {
	const text = __("Send {0} tests to {1}? Nothing can be added to this referral afterwards.", [frm.doc.items.length, frm.doc.laboratory]);
	frappe.confirm(frappe.utils.escape_html(text), async () => {
		const { message } = await frappe.call({ method: `${SENDING}.send`, args: { referral: frm.doc.name }, freeze: true });
		await frm.reload_doc();
		frappe.show_alert({ message: __("Sent: {0}", [frappe.utils.escape_html(message)]), indicator: "green" });
	});
}

function choose_file(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Take Results from Excel"),
		fields: [{ fieldname: "file_url", fieldtype: "Attach", label: __("Filled Workbook"), reqd: 1, options: { restrictions: { allowed_file_types: [".xlsx"] } } }],
		primary_action_label: __("Check the File"),
		async primary_action({ file_url }) {
			const { message: plan } = await frappe.call({ method: `${RETURNS}.check`, args: { referral: frm.doc.name, file_url }, freeze: true });
			dialog.hide();
			show_plan(frm, file_url, plan);
		},
	});
	dialog.show();
}

function show_plan(frm, file_url, plan) {
	const good = !plan.problems.length && plan.values;
	const dialog = new frappe.ui.Dialog({
		title: __("What Will Be Taken"),
		fields: [{ fieldname: "plan", fieldtype: "HTML" }],
		primary_action_label: good ? __("Take the Results") : __("Close"),
		async primary_action() {
			dialog.hide();
			if (!good) return;
			const { message } = await frappe.call({ method: `${RETURNS}.take`, args: { referral: frm.doc.name, file_url }, freeze: true });
			await frm.reload_doc();
			frappe.show_alert({ message: __("Results stored: {0}", [message.length]), indicator: "green" });
		},
	});
	const place = dialog.fields_dict.plan.$wrapper;
	const lines = [__("Values: {0}, orders: {1}", [plan.values, plan.orders])];
	if (plan.empty) lines.push(__("Not filled in yet: {0}", [plan.empty]));
	if (plan.problems.length) lines.push(__("Nothing is taken until these rows are mended:"));
	lines.forEach((line) => $("<p class='mb-1'>").text(line).appendTo(place));
	const problems = $("<ul class='mt-2 text-danger'>").appendTo(place);
	plan.problems.forEach((problem) => $("<li>").text(problem).appendTo(problems));
	dialog.show();
}
