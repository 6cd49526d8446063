"""Starter texts of notifications: a heading, one sentence, and at the end the link that a click opens.

They go first; who has switched them on and whose browser keeps silent gets the SMS.
"""

SERVICE = "Service Messages"

# How long a browser may keep silent; an offer of a freed time is kept for half an hour only.
PATIENCE, HASTE = 15, 3

_NOTIFICATIONS: tuple[tuple[str, str, str, str, int, int], ...] = (
	(
		"Подтверждение записи, уведомление",
		"booking.created",
		"Вы записаны",
		"{{ date }} ({{ weekday }}) в {{ time }}, {{ address }}.\n{{ manage_link }}",
		1,
		PATIENCE,
	),
	(
		"Новое время записи, уведомление",
		"booking.rescheduled",
		"Запись перенесена",
		"Теперь {{ date }} ({{ weekday }}) в {{ time }}, {{ address }}.\n{{ manage_link }}",
		1,
		PATIENCE,
	),
	(
		"Отмена записи, уведомление",
		"booking.cancelled",
		"Запись отменена",
		"{{ date }}, {{ time }}. Выберите другое время, если нужно.\n{{ booking_link }}",
		1,
		PATIENCE,
	),
	(
		"Напоминание о записи, уведомление",
		"booking.reminder",
		"Ждём вас",
		"{{ day }} в {{ time }}, {{ address }}. Откройте запись: там подготовка и что взять с собой.\n"
		"{{ manage_link }}",
		0,
		PATIENCE,
	),
	(
		"Освободилось время, уведомление",
		"waiting_list.offer",
		"Освободилось время",
		"{{ date }} ({{ weekday }}), {{ time }}, {{ address }}.\n"
		"Держим {{ hold_minutes|минуту|минуты|минут }}.\n{{ manage_link }}",
		0,
		HASTE,
	),
	(
		"Результаты готовы, уведомление",
		"result.ready",
		"Ваши результаты готовы",
		"Откройте личный кабинет.\n{{ portal_link }}",
		0,
		PATIENCE,
	),
)


def notifications(channel: str) -> tuple[dict, ...]:
	"""Return the starter texts of a channel of notifications, as fields of Message Template."""
	return tuple(
		{
			"template_name": name,
			"event": event,
			"channel": channel,
			"purpose": SERVICE,
			"is_answer": is_answer,
			"position": 5,
			"wait_minutes": minutes,
			"subject": heading,
			"body": body,
		}
		for name, event, heading, body, is_answer, minutes in _NOTIFICATIONS
	)


def chats(channel: str, position: int) -> tuple[dict, ...]:
	"""Return the same texts for a messenger, which never says whether a message was read."""
	return tuple(
		{
			**fields,
			"template_name": fields["template_name"].replace("уведомление", channel),
			"position": position,
			"wait_minutes": 0,
		}
		for fields in notifications(channel)
	)
