"""lab_crm: a CRM for medical laboratories."""

__version__ = "0.1.0"
