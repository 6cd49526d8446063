/**
 * Dates, money and phones for people. Times come as ISO 8601 with the branch's offset and are shown as they are written:
 * the clock on the branch's wall, whatever zone the phone is in.
 */

import { language, t } from "./texts.js";

const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const short = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", timeZone: "UTC" });
const full = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const weekday = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
const month = new Intl.DateTimeFormat(language, { month: "short", timeZone: "UTC" });

const asUtc = (date) => new Date(`${date}T00:00:00Z`);

/** Split "2026-11-22T08:30:00+03:00" into the branch's date, time and offset (minutes). */
export function local(iso) {
	const [, date, time, sign, hours, minutes] = iso.match(/^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)[\d:.]*(?:([+-])(\d\d):?(\d\d))?/);
	const offset = sign ? (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0;
	return { date, time, offset };
}

/** Today's date (YYYY-MM-DD) on the wall of a branch that is `offset` minutes ahead of UTC. */
export function today(offset) {
	return new Date(Date.now() + offset * 60_000).toISOString().slice(0, 10);
}

/** The date `n` days after `date`, both YYYY-MM-DD. */
export function addDays(date, n) {
	const moment = asUtc(date);
	moment.setUTCDate(moment.getUTCDate() + n);
	return moment.toISOString().slice(0, 10);
}

/** "суббота, 21 ноября"; "сегодня, 21 ноября" and "завтра, …" when `now` (YYYY-MM-DD) is given. */
export function longDay(date, now) {
	if (date === now) return t("day.today", { day: dayMonth(date) });
	if (now && date === addDays(now, 1)) return t("day.tomorrow", { day: dayMonth(date) });
	return day.format(asUtc(date));
}

export const dayMonth = (date) => short.format(asUtc(date));
export const fullDate = (date) => full.format(asUtc(date));
export const weekdayShort = (date) => weekday.format(asUtc(date));
export const monthShort = (date) => month.format(asUtc(date)).replace(".", "");
export const dayNumber = (date) => String(Number(date.slice(8)));

/** "суббота, 21 ноября, 08:30" */
export function dayTime(iso, now) {
	const { date, time } = local(iso);
	return `${longDay(date, now)}, ${time}`;
}

/** "1 450 ₽": kopecks only when there are any; a service without a price says whom to ask. */
export function money(amount, currency = "RUB") {
	if (amount == null) return t("price.ask");
	const whole = Math.round(amount * 100) % 100 === 0;
	const options = { style: "currency", currency: currency || "RUB", minimumFractionDigits: whole ? 0 : 2, maximumFractionDigits: whole ? 0 : 2 };
	return new Intl.NumberFormat(language, options).format(amount);
}

/** A unit as people write it: powers of ten in "10*9/л" raised. */
export const unit = (text) => text.replace(/^(?=10[*^])/, "×").replace(/10[*^](\d+)/g, (_, power) => `10${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`);

/** "UTC+5" when the branch's clock differs from this device's at that moment, else "". */
export function otherZone(iso) {
	const { offset } = local(iso);
	if (-new Date(iso).getTimezoneOffset() === offset) return "";
	const sign = offset < 0 ? "−" : "+";
	const hours = Math.floor(Math.abs(offset) / 60);
	const minutes = Math.abs(offset) % 60;
	return `UTC${sign}${hours}${minutes ? `:${String(minutes).padStart(2, "0")}` : ""}`;
}

/** A phone as people type it → "+79001234567"; null when it cannot be one. */
export function e164(text) {
	const digits = text.replace(/\D/g, "");
	if (text.trim().startsWith("+") && digits.length >= 8 && digits.length <= 15) return `+${digits}`;
	if (digits.length === 10) return `+7${digits}`;
	if (digits.length === 11 && /^[78]/.test(digits)) return `+7${digits.slice(1)}`;
	return null;
}

/** "+7 900 123-45-67"; other countries as they came. */
export function phone(number) {
	const parts = /^\+7(\d{3})(\d{3})(\d\d)(\d\d)$/.exec(number || "");
	return parts ? `+7 ${parts[1]} ${parts[2]}-${parts[3]}-${parts[4]}` : number || "";
}
