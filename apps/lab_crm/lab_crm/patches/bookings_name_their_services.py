"""Bookings made before the list named their services get the names too."""

import frappe


def execute() -> None:
	"""Fill `service_names` where it is empty, in the order of the rows."""
	frappe.db.sql(
		"""
		update `tabBooking` booking
		join (
			select parent, group_concat(service_name order by idx separator ', ') names
			from `tabBooking Service` where parenttype = 'Booking' group by parent
		) line on line.parent = booking.name
		set booking.service_names = line.names
		where coalesce(booking.service_names, '') = ''
		"""
	)
