from lab_erp.utils.ledger import LedgerEntry


class GLEntry(LedgerEntry):
	"""One line of the ledger of accounts."""
