"""Corp ID: the project and the ground on which its four services stand.

Settings, URLs and the table of problems stand at the top; the ground packages (jobs, audit,
keys, files, …) stand below the services and know nothing of them.
"""

from corpid.celery import app as celery_app

__all__ = ["celery_app"]
