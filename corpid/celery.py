"""The Celery application: a wake-up call for jobs whose truth is a row in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "corpid.settings")

app = Celery("corpid")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
