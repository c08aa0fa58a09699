"""What is true of persons, companies and their authority, and stays true."""

from authentication.models.account import Account, AccountManager
from authentication.models.browser_session import BrowserSession
from authentication.models.company import (
    BusinessRegistration,
    Company,
    CompanyKind,
    CompanyName,
    CompanyStatus,
    Premises,
    Succession,
)
from authentication.models.e_service import EService
from authentication.models.grant import (
    EServiceSession,
    Grant,
    PushedRequest,
    RevokedAccessToken,
)
from authentication.models.joint import Approval, SigningRule, Vote
from authentication.models.limit import Amount, LimitUse, MandateLimit
from authentication.models.mandate import Mandate, MandateUser
from authentication.models.membership import Member, MemberRole, Power, Role
from authentication.models.officer import Capacity, Officer
from authentication.models.person import Caseworker, Person
from authentication.models.restriction import Restriction
from authentication.models.sign_in_consent import PairwiseSubject, SignInConsent

__all__ = [
    "Account",
    "AccountManager",
    "Amount",
    "Approval",
    "BrowserSession",
    "BusinessRegistration",
    "Capacity",
    "Caseworker",
    "Company",
    "CompanyKind",
    "CompanyName",
    "CompanyStatus",
    "EService",
    "EServiceSession",
    "Grant",
    "LimitUse",
    "Mandate",
    "MandateLimit",
    "MandateUser",
    "Member",
    "MemberRole",
    "Officer",
    "PairwiseSubject",
    "Person",
    "Power",
    "Premises",
    "PushedRequest",
    "Restriction",
    "RevokedAccessToken",
    "Role",
    "SignInConsent",
    "SigningRule",
    "Succession",
    "Vote",
]
