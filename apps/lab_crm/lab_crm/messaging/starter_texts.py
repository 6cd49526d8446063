"""Starter channels and texts, in the Russian a front desk would use.

No diagnoses, services or results in any of them.
"""

from lab_crm.messaging.starter_short_texts import chats, notifications

CHANNELS: dict[str, dict] = {
	"SMS": {"kind": "SMS", "provider": "file", "is_enabled": 1},
	"Email": {"kind": "Email", "provider": "email", "is_enabled": 1},
	"Push": {"kind": "Push", "provider": "webpush", "is_enabled": 1},
	# Switched on once the laboratory has a bot there.
	"Telegram": {"kind": "Telegram", "provider": "telegram", "is_enabled": 0},
	"MAX": {"kind": "MAX", "provider": "max", "is_enabled": 0},
}

SERVICE = "Service Messages"

_VISIT_LINES = """{{ branch }}, {{ address }}
Как найти: {{ how_to_find }}
Специалист: {{ specialist }}"""

_FAREWELL = """Вопросы — по телефону {{ clinic_phone }}.
{{ clinic }}"""

# A letter holds the calendar file and the whole preparation, so it goes first where there is an address; what
# must be seen at once (a reminder, a code) goes by SMS first.
TEMPLATES: tuple[dict, ...] = (
	{
		"template_name": "Подтверждение записи, SMS",
		"event": "booking.created",
		"channel": "SMS",
		"purpose": SERVICE,
		"is_answer": 1,
		"position": 20,
		"body": """Вы записаны: {{ date }} ({{ weekday }}) в {{ time }}, {{ address }}.
Подготовка: {{ preparation }}
Возьмите {{ bring }}.
Перенести или отменить: {{ manage_link }}""",
	},
	{
		"template_name": "Подтверждение записи, письмо",
		"event": "booking.created",
		"channel": "Email",
		"purpose": SERVICE,
		"is_answer": 1,
		"position": 10,
		"subject": "Вы записаны на {{ date }} в {{ time }}",
		"body": f"""Здравствуйте, {{{{ patient_name }}}}!

Ждём вас {{{{ date }}}} ({{{{ weekday }}}}) в {{{{ time }}}}.

{_VISIT_LINES}

Как подготовиться: {{{{ preparation }}}}

Возьмите с собой {{{{ bring }}}}.

Если планы изменились, перенесите или отмените запись — время достанется тому, кто его ждёт:
{{{{ manage_link }}}}

{_FAREWELL}""",
	},
	{
		"template_name": "Напоминание о записи, SMS",
		"event": "booking.reminder",
		"channel": "SMS",
		"purpose": SERVICE,
		"position": 10,
		"body": """Напоминаем: {{ day }} в {{ time }} ждём вас, {{ address }}.
Подготовка: {{ preparation }}
Возьмите {{ bring }}.
Перенести или отменить: {{ manage_link }}""",
	},
	{
		"template_name": "Напоминание о записи, письмо",
		"event": "booking.reminder",
		"channel": "Email",
		"purpose": SERVICE,
		"position": 20,
		"subject": "Напоминаем о записи: {{ date }} в {{ time }}",
		"body": f"""Здравствуйте, {{{{ patient_name }}}}!

Напоминаем: {{{{ day }}}} в {{{{ time }}}} ждём вас.

{_VISIT_LINES}

Как подготовиться: {{{{ preparation }}}}

Возьмите с собой {{{{ bring }}}}.

Не получается прийти? Перенесите или отмените запись: {{{{ manage_link }}}}

{_FAREWELL}""",
	},
	{
		"template_name": "Перенос записи, SMS",
		"event": "booking.rescheduled",
		"channel": "SMS",
		"purpose": SERVICE,
		"is_answer": 1,
		"position": 20,
		"body": """Запись перенесена на {{ date }} ({{ weekday }}), {{ time }}, {{ address }}.
Изменить: {{ manage_link }}""",
	},
	{
		"template_name": "Перенос записи, письмо",
		"event": "booking.rescheduled",
		"channel": "Email",
		"purpose": SERVICE,
		"is_answer": 1,
		"position": 10,
		"subject": "Запись перенесена на {{ date }}, {{ time }}",
		"body": f"""Здравствуйте, {{{{ patient_name }}}}!

Ваша запись перенесена на {{{{ date }}}} ({{{{ weekday }}}}), {{{{ time }}}}.

{_VISIT_LINES}

Как подготовиться: {{{{ preparation }}}}

Возьмите с собой {{{{ bring }}}}.

Изменить или отменить: {{{{ manage_link }}}}

{_FAREWELL}""",
	},
	{
		"template_name": "Отмена записи, SMS",
		"event": "booking.cancelled",
		"channel": "SMS",
		"purpose": SERVICE,
		"is_answer": 1,
		"position": 20,
		"body": """Запись на {{ date }}, {{ time }} отменена.
Записаться снова: {{ booking_link }}""",
	},
	{
		"template_name": "Отмена записи, письмо",
		"event": "booking.cancelled",
		"channel": "Email",
		"purpose": SERVICE,
		"is_answer": 1,
		"position": 10,
		"subject": "Запись на {{ date }} отменена",
		"body": f"""Здравствуйте, {{{{ patient_name }}}}!

Запись на {{{{ date }}}}, {{{{ time }}}} отменена.

Выбрать другое время: {{{{ booking_link }}}}

{_FAREWELL}""",
	},
	{
		"template_name": "Освободилось время, SMS",
		"event": "waiting_list.offer",
		"channel": "SMS",
		"purpose": SERVICE,
		"position": 10,
		"body": """Время, которое вы ждёте, свободно: {{ date }} ({{ weekday }}), {{ time }}, {{ address }}.
Держим его для вас {{ hold_minutes|минуту|минуты|минут }}. Записаться или отказаться: {{ manage_link }}""",
	},
	{
		"template_name": "Освободилось время, письмо",
		"event": "waiting_list.offer",
		"channel": "Email",
		"purpose": SERVICE,
		"position": 20,
		"subject": "Освободилось время: {{ date }} в {{ time }}",
		"body": f"""Здравствуйте, {{{{ patient_name }}}}!

Освободилось время, которое вы ждёте: {{{{ date }}}} ({{{{ weekday }}}}) в {{{{ time }}}}.

{_VISIT_LINES}

Держим его для вас {{{{ hold_minutes|минуту|минуты|минут }}}}, потом предложим следующему.

Записаться или отказаться: {{{{ manage_link }}}}

{_FAREWELL}""",
	},
	{
		"template_name": "Нужна предоплата, SMS",
		"event": "booking.prepayment",
		"channel": "SMS",
		"purpose": SERVICE,
		"is_answer": 1,
		"position": 10,
		"body": """Время {{ date }}, {{ time }} мы держим для вас {{ hold_minutes|минуту|минуты|минут }}.
Чтобы запись состоялась, внесите предоплату {{ amount }}.
Оплатить: {{ payment_link }}
Телефон: {{ clinic_phone }}
Перенести или отменить: {{ manage_link }}""",
	},
	{
		"template_name": "Оплата после снятия брони, SMS",
		"event": "payment.late",
		"channel": "SMS",
		"purpose": SERVICE,
		"is_answer": 1,
		"position": 10,
		"body": """Мы получили {{ amount }} за запись на {{ date }}, {{ time }}, но бронь уже была снята.
Деньги вернём. Телефон: {{ clinic_phone }}
Записаться снова: {{ booking_link }}""",
	},
	{
		"template_name": "Бронь без предоплаты снята, SMS",
		"event": "booking.released",
		"channel": "SMS",
		"purpose": SERVICE,
		"is_answer": 1,
		"position": 10,
		"body": """Предоплата не поступила, бронь на {{ date }}, {{ time }} снята.
Записаться снова: {{ booking_link }}""",
	},
	{
		"template_name": "Пропущенный визит, SMS",
		"event": "booking.missed",
		"channel": "SMS",
		"purpose": SERVICE,
		"position": 10,
		"body": """{{ patient_name }}, мы ждали вас {{ date }} в {{ time }}. Подберём другое время?
Ближайшее свободное: {{ next_time }}
Записаться: {{ booking_link }}""",
	},
	{
		"template_name": "Результаты готовы, SMS",
		"event": "result.ready",
		"channel": "SMS",
		"purpose": SERVICE,
		"position": 10,
		"body": """Ваши результаты готовы. Скачайте в личном кабинете или получите в любом отделении.
{{ portal_link }}""",
	},
	{
		"template_name": "Результаты готовы, письмо",
		"event": "result.ready",
		"channel": "Email",
		"purpose": SERVICE,
		"position": 20,
		"subject": "Ваши результаты готовы",
		"body": f"""Здравствуйте, {{{{ patient_name }}}}!

Ваши результаты готовы. Скачайте их в личном кабинете: {{{{ portal_link }}}}

Или получите в любом нашем отделении, нужен паспорт.

{_FAREWELL}""",
	},
	{
		"template_name": "Повторный забор, SMS",
		"event": "specimen.recollection",
		"channel": "SMS",
		"purpose": SERVICE,
		"position": 10,
		"body": """{{ patient_name }}, биоматериал нужно сдать ещё раз, платить за это не надо.
Позвоните, подберём время: {{ clinic_phone }}""",
	},
	{
		"template_name": "Повторный забор, письмо",
		"event": "specimen.recollection",
		"channel": "Email",
		"purpose": SERVICE,
		"position": 20,
		"subject": "Нужно ещё раз сдать биоматериал",
		"body": f"""Здравствуйте, {{{{ patient_name }}}}!

К сожалению, биоматериал, который вы сдали, не подошёл для исследования: так бывает, и это не связано с вашим
здоровьем. Его нужно сдать ещё раз, платить за это не надо.

Позвоните нам, подберём удобное время: {{{{ clinic_phone }}}}. Ждём вас: {{{{ branch }}}}, {{{{ address }}}}.

{_FAREWELL}""",
	},
	{
		"template_name": "Код для входа, SMS",
		"event": "portal.code",
		"channel": "SMS",
		"purpose": "Requested by Patient",
		"is_answer": 1,
		"position": 10,
		"body": """{{ code }} — код для входа в личный кабинет. Никому его не сообщайте.
Действует {{ minutes|минуту|минуты|минут }}.""",
	},
	{
		"template_name": "Приглашение на контроль, SMS",
		"event": "recall.invite",
		"channel": "SMS",
		"purpose": SERVICE,
		"position": 10,
		"body": """{{ patient_name }}! {{ reason }}
Выберите удобное время: {{ link }}""",
	},
	{
		"template_name": "Приглашение на контроль, письмо",
		"event": "recall.invite",
		"channel": "Email",
		"purpose": SERVICE,
		"position": 20,
		"subject": "Пора записаться на контрольный визит",
		"body": f"""Здравствуйте, {{{{ patient_name }}}}!

{{{{ reason }}}}

Время можно выбрать в два нажатия: {{{{ link }}}}

{_FAREWELL}""",
	},
	{
		"template_name": "Окончание срока справки, SMS",
		"event": "recall.certificate",
		"channel": "SMS",
		"purpose": SERVICE,
		"position": 10,
		"body": """{{ patient_name }}! {{ reason }} Действует до {{ date }}.
Записаться: {{ link }}""",
	},
	{
		"template_name": "Окончание срока справки, письмо",
		"event": "recall.certificate",
		"channel": "Email",
		"purpose": SERVICE,
		"position": 20,
		"subject": "Срок вашей справки скоро закончится",
		"body": f"""Здравствуйте, {{{{ patient_name }}}}!

{{{{ reason }}}}

Справка действует до {{{{ date }}}}. Выбрать время визита: {{{{ link }}}}

{_FAREWELL}""",
	},
	*notifications("Push"),
	*chats("MAX", 6),
	*chats("Telegram", 7),
)
