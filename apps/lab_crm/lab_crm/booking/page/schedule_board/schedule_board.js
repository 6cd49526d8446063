frappe.pages["schedule-board"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Schedule Board"), single_column: true });
	frappe.require(["schedule_board.bundle.css", "schedule_board.bundle.js"]).then(() => {
		wrapper.board = new lab_crm.ScheduleBoard(page);
		wrapper.board.show();
	});
};

frappe.pages["schedule-board"].on_page_show = (wrapper) => wrapper.board?.show();
frappe.pages["schedule-board"].on_page_hide = (wrapper) => wrapper.board?.hide();
