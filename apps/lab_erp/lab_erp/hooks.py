app_name = "lab_erp"
app_title = "lab_erp"
app_publisher = "lab_crm developers"
app_description = "Books, stock and payroll with the DocTypes of ERPNext"
app_email = "dev@lab-crm.invalid"
app_license = "MIT"

before_install = "lab_erp.install.before_install"
after_install = "lab_erp.install.after_install"
after_migrate = ["lab_erp.install.after_migrate"]

setup_wizard_complete = "lab_erp.setup.company.from_wizard"

# each floor's part of a new company, called with its document
company_setups = [
	"lab_erp.accounts.company_setup.create",
	"lab_erp.stock.company_setup.create",
	"lab_erp.payroll.company_setup.create",
]

treeviews = ["Account", "Cost Center", "Customer Group", "Item Group", "Territory", "Warehouse"]

scheduler_events = {
	"daily": [
		"lab_erp.accounts.overdue.mark",
		"lab_erp.stock.reorder.run",
	],
}
