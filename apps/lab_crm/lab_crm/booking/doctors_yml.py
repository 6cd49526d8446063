"""The doctors' feed as Yandex takes it: YML 2.0 (XML) and a workbook.

Format: https://yandex.ru/support/webmaster/search-appearance/doctors (elements doctors, clinics, services,
offers). Free times are no part of YML, so the workbook has a sheet more for those who read it themselves.
"""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from frappe.utils import get_url
from openpyxl import Workbook

from lab_crm.booking.doctors_feed import Feed, Offer

# The sheets and columns are read by a Russian service, whatever language the laboratory speaks.
SHEETS = {
	"Врачи": ("Идентификатор врача", "ФИО", "Описание", "Внутренний идентификатор врача"),
	"Клиники": (
		"Идентификатор клиники", "Название", "Город", "Адрес", "Телефон", "Почта",
		"Внутренний идентификатор клиники",
	),
	"Услуги": (
		"Идентификатор услуги", "Название", "Код услуги по номенклатуре", "Описание",
		"Внутренний идентификатор услуги",
	),
	"Предложения": (
		"Идентификатор предложения", "Идентификатор врача", "Идентификатор клиники", "Идентификатор услуги",
		"Специальность", "Цена", "Валюта", "Длительность, минут", "Ссылка", "Запись", "Онлайн-расписание",
	),
	"Расписание": ("Идентификатор врача", "Идентификатор клиники", "Длительность, минут", "Свободное время"),
}  # fmt: skip


def xml(feed: Feed, moment: datetime) -> bytes:
	"""Return the feed as YML.

	Args:
		feed: what to say.
		moment: when it was true.
	"""
	shop = Element("shop", version="2.0", date=f"{moment:%Y-%m-%d %H:%M}")
	_texts(shop, name=feed.laboratory, company=feed.laboratory, url=get_url("/"))
	doctors = SubElement(shop, "doctors")
	for row in feed.doctors.values():
		one = SubElement(doctors, "doctor", id=row.name)
		_texts(one, name=row.specialist_name, description=row.about, internal_id=row.name)
	clinics = SubElement(shop, "clinics")
	for row in feed.clinics.values():
		one = SubElement(clinics, "clinic", id=row.name)
		_texts(one, name=row.branch_name, city=row.city, address=row.address, url=get_url("/"))
		_texts(one, email=row.email, phone=row.phone, internal_id=row.name)
	services = SubElement(shop, "services")
	for row in feed.services.values():
		one = SubElement(services, "service", id=row.name)
		_texts(one, name=row.service_name, gov_id=row.nmu_code, description=row.description)
		_texts(one, internal_id=row.name)
	offers = SubElement(shop, "offers")
	for offer in feed.offers:
		_offer(offers, offer)
	ElementTree.indent(shop)
	return ElementTree.tostring(shop, encoding="utf-8", xml_declaration=True)


def workbook(feed: Feed) -> bytes:
	"""Return the feed as XLSX, with the free times on a sheet of their own."""
	rows: dict[str, Iterable[tuple]] = {
		"Врачи": ((row.name, row.specialist_name, row.about, row.name) for row in feed.doctors.values()),
		"Клиники": (
			(row.name, row.branch_name, row.city, row.address, row.phone, row.email, row.name)
			for row in feed.clinics.values()
		),
		"Услуги": (
			(row.name, row.service_name, row.nmu_code, row.description, row.name)
			for row in feed.services.values()
		),
		"Предложения": (
			(one.id, one.doctor, one.clinic, one.service, one.speciality, one.price or None, one.currency,
				one.minutes, one.url, True, True)
			for one in feed.offers
		),
		"Расписание": _times(feed.offers),
	}  # fmt: skip
	book = Workbook(write_only=True)
	for title, head in SHEETS.items():
		sheet = book.create_sheet(title)
		for row in (head, *rows[title]):
			sheet.append([_plain(value) for value in row])
	target = BytesIO()
	book.save(target)
	return target.getvalue()


def _times(offers: Iterable[Offer]) -> list[tuple]:
	"""The free times of each doctor, once for all services that last as long."""
	# The collector gives the same tuple to services alike.
	alike = {(one.doctor, one.clinic, one.minutes, id(one.starts)): one for one in offers}
	return [(one.doctor, one.clinic, one.minutes, start) for one in alike.values() for start in one.starts]


def _plain(value):
	"""A text that begins like a formula stays a text in the hands of whoever opens the file."""
	if not isinstance(value, str):
		return value
	formula = value.startswith("=") or (value[:1] in ("+", "-", "@") and value[1:2].isalpha())
	return f"'{value}" if formula else value


def _offer(parent: Element, offer: Offer) -> None:
	one = SubElement(parent, "offer", id=offer.id)
	_texts(one, url=offer.url, appointment="true", online_schedule="true")
	if offer.price:
		_texts(SubElement(one, "price"), base_price=f"{offer.price:g}", currency=offer.currency)
	SubElement(one, "service", id=offer.service)
	doctor = SubElement(SubElement(one, "clinic", id=offer.clinic), "doctor", id=offer.doctor)
	_texts(doctor, speciality=offer.speciality)


def _texts(parent: Element, **values: str | None) -> None:
	for name, value in values.items():
		if value:
			SubElement(parent, name).text = value
