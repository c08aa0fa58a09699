"""The powers that the wallet brings; authentication writes them into its catalogue."""

from django.utils.translation import gettext_noop as _

from authentication.models import Capacity
from authentication.powers import PowerDefinition
from authentication.standing import Function

VIEW_WALLET = "corpid.wallet.view"
PRESENT_CREDENTIAL = "corpid.wallet.present"

POWERS = (
    PowerDefinition(
        VIEW_WALLET,
        _("See the company's licences and to whom they were shown"),
        "查閱公司的牌照及出示紀錄",
        "查阅公司的牌照及出示记录",
        "L",
        Function.READ,
        roles=("administrator", "wallet_manager", "filer", "auditor"),
        capacities=(Capacity.SECRETARY, Capacity.MANAGER),
    ),
    PowerDefinition(
        PRESENT_CREDENTIAL,
        _("Show the company's licences to others"),
        "代表公司出示牌照",
        "代表公司出示牌照",
        "M",
        Function.PRESENT,
        roles=("administrator", "wallet_manager"),
    ),
)
