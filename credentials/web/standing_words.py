"""What a card says of itself, in one or two words and a colour that never says it alone."""

from dataclasses import dataclass

from django.utils.translation import gettext

from credentials.services.find_standing import Standing


@dataclass(frozen=True, slots=True)
class StandingWords:
    text: str
    tone: str


def standing_words(standing: Standing) -> StandingWords:
    words = {
        Standing.IN_FORCE: (gettext("In force"), "good"),
        Standing.ENDS_SOON: (gettext("Ends soon"), "warn"),
        Standing.NOT_YET: (gettext("Not yet in force"), "quiet"),
        Standing.SUSPENDED: (gettext("Suspended"), "warn"),
        Standing.EXPIRED: (gettext("Expired"), "quiet"),
        Standing.REVOKED: (gettext("Revoked"), "bad"),
    }
    return StandingWords(*words[standing])
