frappe.pages["quick-booking"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Quick Booking"), single_column: true });
	frappe.require(["quick_booking.bundle.css", "quick_booking.bundle.js"]).then(() => {
		wrapper.booking = new lab_crm.QuickBooking(page);
		wrapper.booking.show();
	});
};

frappe.pages["quick-booking"].on_page_show = (wrapper) => wrapper.booking?.show();
