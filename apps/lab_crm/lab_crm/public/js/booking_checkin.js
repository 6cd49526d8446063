// The front desk's button on a booking. It lives with the laboratory because bookings know nothing of visits.

frappe.ui.form.on("Booking", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_create("Visit")) return;
		if (["Booked", "Confirmed"].includes(frm.doc.status)) {
			frm.add_custom_button(__("Check In"), () => confirm_day(frm)).addClass("btn-primary");
		} else if (["Checked In", "Completed"].includes(frm.doc.status)) {
			frm.add_custom_button(__("Open Visit"), () => open_visit(frm));
		}
	},
});

function confirm_day(frm) {
	const day = frappe.datetime.str_to_user(frm.doc.start.slice(0, 10));
	if (frm.doc.start.slice(0, 10) === frappe.datetime.now_date()) return check_in(frm);
	frappe.confirm(__("The booking is for {0}. Check the patient in now?", [day]), () => check_in(frm));
}

async function check_in(frm) {
	if (frm.is_dirty()) await frm.save();
	const { message } = await frappe.call({
		method: "lab_crm.laboratory.checkin.check_in",
		args: { booking: frm.doc.name },
		freeze: true,
		freeze_message: __("Checking in…"),
	});
	if (!message) return;
	frappe.show_alert({ message: __("The visit is registered"), indicator: "green" });
	frappe.set_route("Form", "Visit", message.visit);
}

async function open_visit(frm) {
	const { message } = await frappe.db.get_value("Visit", { booking: frm.doc.name }, "name");
	if (message?.name) frappe.set_route("Form", "Visit", message.name);
}
