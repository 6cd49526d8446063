"""No channel is sent through faster than its provider takes: a count a minute, in Redis.

And a provider that only fails is left alone for a while, so that its time-outs do not hold up other channels.
"""

import time
from datetime import datetime, timedelta

import frappe

REST_SECONDS = 30


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


def rest(channel: str) -> None:
	"""Leave a channel alone for `REST_SECONDS`."""
	frappe.cache.set(_rest_key(channel), 1, ex=REST_SECONDS, nx=True)


def is_resting(channel: str) -> bool:
	"""Tell whether a channel is being left alone."""
	return frappe.cache.get(_rest_key(channel)) is not None


def end_of_rest(now: datetime) -> datetime:
	"""Return when a message that met a resting channel is tried."""
	return now + timedelta(seconds=REST_SECONDS)


def _rest_key(channel: str) -> bytes:
	return frappe.cache.make_key(f"lab_crm:channel_rest:{channel}")
