"""What is true of credentials, their issuers, holders and presentations, and stays true."""

from credentials.models.credential import Credential, CredentialState, CredentialVersion
from credentials.models.credential_type import CredentialType
from credentials.models.issuer_profile import IssuerProfile
from credentials.models.presentation import Presentation
from credentials.models.presentation_request import PresentationRequest
from credentials.models.trust_anchor import TrustAnchor
from credentials.models.wallet import AccessLog, Wallet

__all__ = [
    "AccessLog",
    "Credential",
    "CredentialState",
    "CredentialType",
    "CredentialVersion",
    "IssuerProfile",
    "Presentation",
    "PresentationRequest",
    "TrustAnchor",
    "Wallet",
]
