"""Pages of this app, by step."""

from django.urls import URLPattern, URLResolver, path

from corpid.portal.web.activity import activity, export_activity
from corpid.portal.web.developers import developers, reference
from corpid.portal.web.help import help_page
from corpid.portal.web.home import home
from corpid.portal.web.inbox import inbox, inbox_read
from corpid.portal.web.language import language
from corpid.portal.web.legal import legal
from corpid.portal.web.notices import notices, notices_mend, notices_phrase
from corpid.portal.web.status import status

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("inbox", inbox, name="inbox"),
    path("inbox/read", inbox_read, name="inbox_read"),
    path("account/notices", notices, name="notices"),
    path("account/notices/phrase", notices_phrase, name="notices_phrase"),
    path("account/notices/mend", notices_mend, name="notices_mend"),
    path("company/activity", activity, name="activity"),
    path("company/activity/export", export_activity, name="export_activity"),
    path("language", language, name="language"),
    path("help", help_page, name="help"),
    path("help/<slug:topic>", help_page, name="help_topic"),
    path("status", status, name="status"),
    path("legal/<slug:topic>", legal, name="legal"),
    path("developers", developers, name="developers"),
    path("developers/reference", reference, name="reference"),
]
