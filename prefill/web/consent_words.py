"""The sentences of the consent screen, in the reader's language."""

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_lazy, ngettext

from authentication.models import EService
from prefill.models import FormTemplateVersion
from prefill.services.show_consent import ConsentScreen

# At the start of a sentence, and within one.
_WHO = {
    EService.Kind.BANK: (gettext_lazy("The bank"), gettext_lazy("the bank")),
    EService.Kind.DEPARTMENT: (gettext_lazy("The department"), gettext_lazy("the department")),
    EService.Kind.OTHER: (gettext_lazy("The organisation"), gettext_lazy("the organisation")),
}


@dataclass(frozen=True, slots=True)
class ConsentWords:
    headline: str
    availability: str
    keeping: str
    withdrawal: str
    button: str


def consent_words(screen: ConsentScreen, language: str) -> ConsentWords:
    notice, kind = screen.notice, EService.Kind(screen.request.e_service.kind)
    who_first, who = _WHO[kind]
    total = len(screen.items)
    headline = ngettext(
        "%(e_service)s asks for %(total)s detail of %(company)s, %(purpose)s.",
        "%(e_service)s asks for %(total)s details of %(company)s, %(purpose)s.",
        total,
    ) % {
        "e_service": notice.e_service,
        "total": total,
        "company": notice.company_name,
        "purpose": notice.purpose,
    }
    return ConsentWords(
        headline=headline,
        availability=_availability(screen),
        keeping=keeping_words(screen.request.template_version, str(who_first), language),
        withdrawal=gettext(
            "You can withdraw later: %(who)s must then delete them and confirm it, except what"
            " the law makes it keep."
        )
        % {"who": who},
        button=ngettext("Agree and send %(ready)s", "Agree and send %(ready)s", screen.ready)
        % {"ready": screen.ready},
    )


def who_keeps(e_service: EService) -> str:
    return str(_WHO[EService.Kind(e_service.kind)][0])


def keeping_words(version: FormTemplateVersion, who: str, language: str) -> str:
    facts = {
        "who": who,
        "days": version.retention_days,
        "condition": version.retention_in(language),
    }
    if version.retention_in(language):
        words = ngettext(
            "%(who)s may keep them for %(days)s day %(condition)s.",
            "%(who)s may keep them for %(days)s days %(condition)s.",
            version.retention_days,
        )
    else:
        words = ngettext(
            "%(who)s may keep them for %(days)s day.",
            "%(who)s may keep them for %(days)s days.",
            version.retention_days,
        )
    return words % facts


def _availability(screen: ConsentScreen) -> str:
    parts = [
        ngettext("%(n)s is ready now", "%(n)s are ready now", screen.ready)
        % {"n": screen.ready}
    ]
    if screen.registers_down:
        down = screen.registers_down
        parts.append(
            ngettext(
                "%(n)s register isn't answering (you can type it later)",
                "%(n)s registers aren't answering (you can type it later)",
                down,
            )
            % {"n": down}
        )
    if screen.empty:
        parts.append(
            ngettext(
                "%(n)s isn't recorded anywhere (you can type it later)",
                "%(n)s aren't recorded anywhere (you can type them later)",
                screen.empty,
            )
            % {"n": screen.empty}
        )
    if screen.belong_to_persons:
        personal = screen.belong_to_persons
        parts.append(
            ngettext(
                "%(n)s belongs to the officers, who must agree themselves",
                "%(n)s belong to the officers, who must agree themselves",
                personal,
            )
            % {"n": personal}
        )
    return gettext("%(parts)s.") % {"parts": gettext("; ").join(parts)}
