"""Pages of this app, by step."""

from django.urls import URLPattern, URLResolver, path

from authentication.web.account import (
    account,
    end_other_sessions,
    end_session,
    keep_session,
    security,
)
from authentication.web.authorize import authorize
from authentication.web.choose_company import choose_company_page
from authentication.web.company import company, people
from authentication.web.log_out import log_out, log_out_decision
from authentication.web.mandates import mandates
from authentication.web.sign_in import sign_in_page
from authentication.web.sign_out import sign_out
from authentication.web.step_up import step_up

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in", sign_in_page, name="sign_in"),
    path("sign-in/step-up", step_up, name="step_up"),
    path("sign-out", sign_out, name="sign_out"),
    path("oauth/authorize", authorize, name="authorize"),
    path("oauth/end-session", log_out, name="log_out"),
    path("oauth/end-session/decision", log_out_decision, name="log_out_decision"),
    path("choose-company", choose_company_page, name="choose_company"),
    path("company", company, name="company"),
    path("company/people", people, name="people"),
    path("mandates", mandates, name="mandates"),
    path("account", account, name="account"),
    path("account/keep-session", keep_session, name="keep_session"),
    path("account/security", security, name="security"),
    path("account/security/sessions/end-others", end_other_sessions, name="end_other_sessions"),
    path("account/security/sessions/<uuid:session_id>/end", end_session, name="end_session"),
]
