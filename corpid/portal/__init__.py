"""Pages that span the services: home, inbox, help, errors, status."""
