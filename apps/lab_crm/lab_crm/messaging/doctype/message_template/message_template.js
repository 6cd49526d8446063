const MESSAGE_TEMPLATE = "lab_crm.messaging.doctype.message_template.message_template";

frappe.ui.form.on("Message Template", {
	refresh: show_help,
	event: show_help,
	body: show_preview,
});

function show_help(frm) {
	show_preview(frm);
	if (!frm.doc.event) return;
	frappe.xcall(`${MESSAGE_TEMPLATE}.variables_of`, { event: frm.doc.event }).then((rows) => {
		const cells = rows.map(
			(row) => `<tr><td><code>{{ ${row.name} }}</code></td><td>${row.meaning}</td><td>${row.example}</td></tr>`
		);
		frm.get_field("variables_help").$wrapper.html(
			`<table class="table table-bordered small"><tbody>${cells.join("")}</tbody></table>`
		);
	});
}

function show_preview(frm) {
	if (!frm.doc.event || !frm.doc.body) return;
	frappe
		.xcall(`${MESSAGE_TEMPLATE}.preview`, { event: frm.doc.event, body: frm.doc.body })
		.then(({ text, segments }) => {
			const escaped = frappe.utils.escape_html(text).replace(/\n/g, "<br>");
			const cost = frm.doc.channel === "SMS" ? `<p class="text-muted">${__("SMS parts: {0}", [segments])}</p>` : "";
			frm.get_field("preview").$wrapper.html(`<div class="border rounded p-3">${escaped}</div>${cost}`);
		});
}
