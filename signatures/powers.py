"""The powers that signing brings."""

from django.utils.translation import gettext_noop as _

from authentication.models import Capacity
from authentication.powers import PowerDefinition
from authentication.standing import Function

SIGN = "corpid.sign"
PREPARE = "corpid.sign.prepare"

POWERS = (
    PowerDefinition(
        SIGN,
        _("Approve and sign documents for the company"),
        "代表公司批准及簽署文件",
        "代表公司批准和签署文件",
        "H",
        Function.SIGN,
        roles=("signer",),
        capacities=(Capacity.SECRETARY,),
        is_joint=True,
    ),
    PowerDefinition(
        PREPARE,
        _("Prepare documents for signature"),
        "擬備文件以供簽署",
        "准备待签署的文件",
        "L",
        Function.SIGN,
        roles=("administrator", "signer", "filer"),
        capacities=(Capacity.SECRETARY,),
    ),
)
