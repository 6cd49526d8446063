import { QuickBooking } from "./quick_booking/screen.js";

frappe.provide("lab_crm");
lab_crm.QuickBooking = QuickBooking;
