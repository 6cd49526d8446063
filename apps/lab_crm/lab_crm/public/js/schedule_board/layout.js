// Where everything is on the board, in pixels. Knows nothing of the page.

export const PX = 3; // a minute
export const STEP = 5; // minutes: bookings start at multiples of it
export const LANE = 66;
const LEAST_WIDTH = { 1: 128, 7: 96 };
const GAP = 10;
const DEFAULT_HOURS = [8, 20];

/** Columns (one for each subject and day) from left to right, and the hours shown. */
export class Layout {
	/** @param data what the server answers; `show(column)` says which of its columns are wanted */
	constructor(data, show) {
		this.data = data;
		this.groups = [];
		this.columns = [];
		this.width = 0;
		this._hours();
		const days = data.branches[0]?.days.length || 0;
		for (let day = 0; day < days; day++) {
			for (const branch of data.branches) this._group(branch, day, days, show);
		}
		this._fill();
	}

	y(minute) {
		return (minute - this.first) * PX;
	}

	/** The column at a distance from the left, the nearest one in a gap. */
	column_at(x) {
		let best = null;
		for (const column of this.columns) {
			if (column.left > x) break;
			best = column;
		}
		return best || this.columns[0];
	}

	/** The minute of the day at a distance from the top, on the grid of starts. */
	minute_at(y) {
		const minute = this.first + Math.round(y / PX / STEP) * STEP;
		return Math.min(Math.max(minute, this.first), this.last - STEP);
	}

	between(left, right) {
		return this.columns.filter((column) => column.left < right && column.left + column.width > left);
	}

	_group(branch, day, days, show) {
		const wanted = this.data.columns.filter((column) => column.branch === branch.name && show(column));
		if (!wanted.length) return;
		const group = { branch, day: branch.days[day], left: this.width, today: branch.days[day].date === branch.today };
		for (const source of wanted) {
			const width = Math.max(LEAST_WIDTH[days > 1 ? 7 : 1], source.seats * LANE);
			const [hours, kept] = [source.hours, source.kept].map((all) => all.filter((piece) => piece[0] === day));
			this.columns.push({ source, group, day, left: this.width, width, hours, kept, blocks: [] });
			this.width += width;
		}
		group.width = this.width - group.left;
		this.width += GAP;
		this.groups.push(group);
	}

	_fill() {
		const columns = new Map(this.columns.map((column) => [`${column.source.id}|${column.day}`, column]));
		for (const block of this.data.blocks) columns.get(`${block.column}|${block.day}`)?.blocks.push({ ...block });
		for (const column of this.columns) place_missed(column, this.data.bookings);
	}

	_hours() {
		const starts = [...this.data.columns.flatMap((c) => c.hours.map((h) => h[1])), ...this.data.blocks.map((b) => b.from)];
		const ends = [...this.data.columns.flatMap((c) => c.hours.map((h) => h[2])), ...this.data.blocks.map((b) => b.to)];
		const [first, last] = starts.length ? [least(starts) / 60, -least(ends.map((end) => -end)) / 60] : DEFAULT_HOURS;
		this.first = Math.floor(first) * 60;
		this.last = Math.min(Math.ceil(last), 24) * 60;
		this.height = (this.last - this.first) * PX;
	}
}

function least(numbers) {
	return numbers.reduce((one, other) => Math.min(one, other));
}

/** A no-show's time may be sold again: it then stands narrow beside the one who comes. */
function place_missed(column, bookings) {
	const lane = column.width / column.source.seats;
	for (const block of column.blocks) Object.assign(block, { left: block.seat * lane, width: lane });
	const missed = (block) => bookings[block.booking]?.status === "No Show";
	for (const block of column.blocks.filter(missed)) {
		const beside = column.blocks.filter(
			(one) => !missed(one) && one.seat === block.seat && one.from < block.to && one.to > block.from
		);
		if (!beside.length) continue;
		const share = lane * 0.3;
		for (const one of beside) Object.assign(one, { width: lane - share });
		Object.assign(block, { left: block.seat * lane + lane - share, width: share });
	}
}

/** "09:05" of minutes of the day. */
export function clock(minute) {
	return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** "2026-11-25T09:05" of a day and its minutes; a minute outside the day counts on into its neighbour. */
export function wall_time(date, minute) {
	const moment = new Date(`${date}T00:00:00Z`);
	moment.setUTCMinutes(minute);
	return moment.toISOString().slice(0, 16);
}

/** Minutes between two wall-clock times ("2026-11-25T09:05"). */
export function minutes_between(earlier, later) {
	return Math.round((Date.parse(`${later}Z`) - Date.parse(`${earlier}Z`)) / 60000);
}

/** "среда, 25 ноября" */
export function day_words(date) {
	const options = { weekday: "short", day: "numeric", month: "long", timeZone: "UTC" };
	return new Date(`${date}T00:00:00Z`).toLocaleDateString(frappe.boot.lang, options);
}
