// The framework's date picker is a fork that knows seconds and is not on npm. The original (air-datepicker 2) gets what the
// framework asks of the fork: `ss` in formats, and a slider of seconds that can be hidden.
import fs from "node:fs/promises";

const FILE = /air-datepicker[\\/]dist[\\/]js[\\/]datepicker(\.min)?\.js$/;

const SECONDS = `
;(function ($) {
	const { Constructor: Picker, Timepicker } = $.fn.datepicker;
	const format = Picker.prototype.formatDate;
	Picker.prototype.formatDate = function (pattern, date) {
		const seconds = String((date || this.date).getSeconds()).padStart(2, "0");
		return format.call(this, pattern, date).replace(/\\bss\\b/, seconds);
	};
	const build = Timepicker.prototype._buildHTML;
	Timepicker.prototype._buildHTML = function () {
		build.call(this);
		this.$seconds = $("<input>").appendTo($("<div>"));
		this.$secondsText = $("<span>");
	};
})(window.jQuery);
`;

/** Adds seconds to the date picker of npm. */
export const datepicker = {
	name: "datepicker",
	setup(build) {
		build.onLoad({ filter: FILE }, async ({ path }) => ({ contents: (await fs.readFile(path, "utf8")) + SECONDS, loader: "js" }));
	},
};
