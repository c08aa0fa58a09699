"""Telling people and e-services what happened: inbox, e-mail, signed webhooks."""
