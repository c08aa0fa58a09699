"""Our own authorities as holders of keys: root, issuing, time-stamping, certificate status."""

from datetime import datetime

from signatures.models import Certificate
from signatures.pki.key_holder import KeyHolder
from signatures.services.find_key_holder import find_key_holder
from signatures.services.find_present_certificate import find_present_certificate


def find_authority(profile: Certificate.Profile, *, at: datetime) -> KeyHolder:
    return find_key_holder(find_present_certificate(profile, at=at))
