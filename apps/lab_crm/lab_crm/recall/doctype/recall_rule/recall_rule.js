frappe.ui.form.on("Recall Rule", {
	refresh(frm) {
		if (frm.is_new() || !frm.has_perm("write")) return;
		frm.add_custom_button(__("Whom It Invites"), () => preview(frm));
		if (frm.doc.is_active) frm.add_custom_button(__("Invite Now"), () => run(frm));
	},
});

/** Say how many patients the rule would invite on a day; nothing is sent. */
function preview(frm) {
	const day = { fieldname: "on", fieldtype: "Date", label: __("Date"), default: frappe.datetime.get_today(), reqd: 1 };
	frappe.prompt([day], async ({ on }) => {
		if (frm.is_dirty()) await frm.save();
		const { message } = await frm.call({
			method: "lab_crm.recall.scan.preview",
			args: { rule: frm.doc.name, on },
			freeze: true,
		});
		if (message) {
			const when = frappe.datetime.str_to_user(on);
			frappe.msgprint(__("New invitations on {0}: {1}", [when, message.patients]), __("Whom It Invites"));
		}
	}, __("Whom It Invites"), __("Count"));
}

async function run(frm) {
	if (frm.is_dirty()) await frm.save();
	const { message } = await frm.call({
		method: "lab_crm.recall.scan.run_now",
		args: { rule: frm.doc.name },
		freeze: true,
	});
	if (message) {
		frappe.show_alert({ message: __("Planned: {0}. The messages leave now", [message.planned]), indicator: "green" });
	}
}
