"""Documents that staff bound to a branch see when one of their several branches is theirs."""

# DocType → condition on its lists (lab_crm.laboratory.branch_rights)
permission_query_conditions = {
	"Specimen": "lab_crm.laboratory.branch_rights.specimens",
	"Specimen Transfer": "lab_crm.laboratory.branch_rights.transfers",
}
# DocType → the same for one document
has_permission = dict.fromkeys(permission_query_conditions, "lab_crm.laboratory.branch_rights.has_permission")
