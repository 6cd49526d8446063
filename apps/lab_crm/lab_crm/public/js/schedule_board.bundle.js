import { ScheduleBoard } from "./schedule_board/board.js";

frappe.provide("lab_crm");
lab_crm.ScheduleBoard = ScheduleBoard;
