"""HL7 v2 without a site: framing, encodings, reading, acknowledging and building messages. Nothing here
imports frappe.
"""
