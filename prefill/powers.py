"""The powers that pre-filled forms bring: who may agree to send a company's data."""

from django.utils.translation import gettext_noop as _

from authentication.models import Capacity
from authentication.powers import PowerDefinition
from authentication.standing import Function

CONSENT = "corpid.data.consent"
RENEW = "corpid.registration.renew"

POWERS = (
    PowerDefinition(
        CONSENT,
        _("Agree to send the company's data to e-services"),
        "同意向電子服務提供公司資料",
        "同意向电子服务提供公司资料",
        "M",
        Function.CONSENT,
        roles=("administrator", "filer"),
        capacities=(Capacity.SECRETARY, Capacity.LOCAL_AGENT),
    ),
    PowerDefinition(
        RENEW,
        _("Renew the company's own registration"),
        "為公司的登記續期",
        "为公司的登记续期",
        "M",
        Function.RENEW,
        roles=("administrator", "filer"),
        capacities=(Capacity.SECRETARY, Capacity.LOCAL_AGENT),
    ),
)
