// How people, dates and sums are written on the screen.

export const html = (text) => frappe.utils.escape_html(text || "");

/** "14.03.1985" of "1985-03-14" */
export function birth_words(date) {
	return date ? date.split("-").reverse().join(".") : "";
}

/** "1985-03-14" of "14031985", "14.03.1985" or "14 03 1985"; null while it is no date. */
export function birth_date(typed) {
	const digits = typed.replace(/\D/g, "");
	if (digits.length !== 8) return null;
	const iso = `${digits.slice(4)}-${digits.slice(2, 4)}-${digits.slice(0, 2)}`;
	const date = new Date(`${iso}T00:00:00Z`);
	return !isNaN(date) && date.toISOString().startsWith(iso) ? iso : null;
}

/** Last, first and middle name of "Тестова Анна Петровна". */
export function names(typed) {
	const [last_name, first_name, ...middle] = typed.trim().split(/\s+/);
	return { last_name: last_name || "", first_name: first_name || "", middle_name: middle.join(" ") };
}

/** "чт, 26 ноября" of "2026-11-26T10:00:00+03:00": the branch's own day, whatever the computer's zone. */
export function day_words(start) {
	const options = { weekday: "short", day: "numeric", month: "long", timeZone: "UTC" };
	return new Date(`${start.slice(0, 10)}T00:00:00Z`).toLocaleDateString(frappe.boot.lang, options);
}

export const time_words = (start) => start.slice(11, 16);

/** "1 250 ₽"; kopecks only where there are some. */
export function rubles(price) {
	if (price === null || price === undefined) return "";
	const digits = Number.isInteger(price) ? 0 : 2;
	return `${price.toLocaleString(frappe.boot.lang, { minimumFractionDigits: digits })}\u00a0₽`;
}
