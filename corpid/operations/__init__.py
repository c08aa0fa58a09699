"""Health, metrics and switches: what the operator of Corp ID looks at and turns.

Steps: prepare the database (`manage.py prepare`), check readiness (`/readyz`).
"""
