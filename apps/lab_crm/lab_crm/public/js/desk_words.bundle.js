// What the framework shows as it is stored, in the user's language: groups of charts, titles of quick lists,
// values in timelines.

const stored_as_words = ["Select"];

function in_words(doctype, fieldname, value) {
	const df = frappe.meta.get_docfield(doctype, fieldname);
	return value && df && stored_as_words.includes(df.fieldtype) ? __(value, null, doctype) : value;
}

// Charts: groups are named by the values of a field.
const chart = frappe.widget.widget_factory.chart.prototype;
const render_chart = chart.render;
chart.render = async function () {
	const { chart_type, document_type, group_by_based_on } = this.chart_doc;
	if (chart_type === "Group By" && this.data?.labels) {
		await frappe.model.with_doctype(document_type);
		const labels = this.data.labels.map((label) =>
			label === "Not Specified" ? __(label) : in_words(document_type, group_by_based_on, label)
		);
		this.data = { ...this.data, labels };
	}
	return render_chart.call(this);
};

// Quick lists: the title reads as in the list itself.
const quick_list = frappe.widget.widget_factory.quick_list.prototype;
const make_item = quick_list.setup_quick_list_item;
quick_list.setup_quick_list_item = function (doc) {
	const field = this.title_field_name;
	const formatter = frappe.listview_settings[this.document_type]?.formatters?.[field];
	const df = frappe.meta.get_docfield(this.document_type, field);
	return make_item.call(this, formatter ? { ...doc, [field]: formatter(doc[field], df, doc) } : doc);
};

// What patients do on the website is done by the user Guest.
const user_info = frappe.user_info;
frappe.user_info = (uid) => {
	const info = user_info(uid);
	return uid === "Guest" ? { ...info, fullname: __("Guest") } : info;
};

// Timelines: who changed which value from what to what. Versions stay as they are, copies are shown.
const footer = frappe.ui.form.Footer.prototype;
const make_timeline = footer.make_timeline;
footer.make_timeline = function () {
	make_timeline.call(this);
	const { frm } = this;
	const { timeline } = frm;
	const show = timeline.get_version_timeline_contents;
	timeline.get_version_timeline_contents = function () {
		const { doc_info } = this;
		this.doc_info = { ...doc_info, versions: (doc_info.versions || []).map((one) => version_in_words(one, frm)) };
		try {
			return show.call(this);
		} finally {
			this.doc_info = doc_info;
		}
	};
};

function version_in_words(version, frm) {
	if (!version.data) return version;
	const data = JSON.parse(version.data);
	const change = (doctype) => ([field, ...values]) => [field, ...values.map((value) => in_words(doctype, field, value))];
	if (data.changed) data.changed = data.changed.map(change(frm.doctype));
	if (data.row_changed) {
		data.row_changed = data.row_changed.map(([table, index, row, changes]) => {
			const child = frappe.meta.get_docfield(frm.doctype, table)?.options;
			return [table, index, row, changes.map(change(child))];
		});
	}
	return { ...version, data: JSON.stringify(data) };
}
