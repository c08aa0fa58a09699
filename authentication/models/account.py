"""The account: what signs in. A person (or a caseworker) stands behind it."""

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from corpid.identifiers import uuid7


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(email=(username or "").lower())

    def create_account(
        self,
        *,
        email: str,
        password: str,
        is_staff: bool = False,
        email_verified_at: datetime | None = None,
    ) -> "Account":
        account = self.model(
            email=email.lower(), is_staff=is_staff, email_verified_at=email_verified_at
        )
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("email"), unique=True)  # lower case, as a constraint holds
    email_verified_at = models.DateTimeField(
        null=True, blank=True
    )  # none: no e-mail goes there
    language = models.CharField(max_length=7, default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)  # a caseworker

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="account_email_is_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return self.email
