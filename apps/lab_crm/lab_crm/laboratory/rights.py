"""The first line of whitelisted methods, where the laboratory's modules look for it."""

from lab_crm.utils.rights import require

__all__ = ["require"]
