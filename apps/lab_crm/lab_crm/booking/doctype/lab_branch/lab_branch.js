// Addresses by which maps and aggregators lead to the booking form of this branch.

frappe.ui.form.on("Lab Branch", {
	refresh(frm) {
		const links = frm.doc.__onload?.booking_links || [];
		frm.toggle_display("section_links", links.length > 0);
		frm.get_field("booking_links").$wrapper.html(links.map(as_row).join(""));
		frm.get_field("booking_links").$wrapper.find("[data-copy]").on("click", (event) => {
			frappe.utils.copy_to_clipboard(event.currentTarget.dataset.copy);
		});
	},
});

function as_row({ title, url, qr }) {
	const address = frappe.utils.escape_html(url);
	return `<div class="row mb-4">
		<div class="col-sm-2" style="max-width: 130px">${qr}</div>
		<div class="col-sm-10">
			<b>${frappe.utils.escape_html(title)}</b>
			<p style="overflow-wrap: anywhere"><a href="${address}" target="_blank" rel="noopener">${address}</a></p>
			<button type="button" class="btn btn-xs btn-default" data-copy="${address}">${__("Copy the address")}</button>
		</div>
	</div>`;
}
