"""No channel is sent through faster than its provider takes: a count a minute, in Redis."""

import time
from datetime import datetime, timedelta

import frappe


def take(channel: str, per_minute: int) -> bool:
	"""Count one message of this minute; tell whether the channel's limit still has room (0: no limit)."""
	if not per_minute:
		return True
	key = frappe.cache.make_key(f"lab_crm:channel_rate:{channel}:{int(time.time() // 60)}")
	count = frappe.cache.incr(key)
	if count == 1:
		frappe.cache.expire(key, 120)
	return count <= per_minute


def next_window(now: datetime) -> datetime:
	"""Return the start of the next minute."""
	return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
