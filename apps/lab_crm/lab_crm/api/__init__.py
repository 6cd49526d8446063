"""The public surface: REST for the website, the portal and partners (`/api/method/lab_crm.api.…`)."""
