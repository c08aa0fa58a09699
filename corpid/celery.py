"""The Celery application: a wake-up call for jobs whose truth is a row in PostgreSQL."""

import os

from celery import Celery
from celery.signals import task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "corpid.settings")

app = Celery("corpid")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def _look_at_connection(**_: object) -> None:
    """Do for a task what Django does for a request: drop what is too old, ask before use."""
    close_old_connections()
