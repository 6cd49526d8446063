"""Books, stock and payroll with the DocTypes of ERPNext."""

__version__ = "0.1.0"
