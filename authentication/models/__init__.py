"""What is true of persons, companies and their authority, and stays true."""

from authentication.models.account import Account, AccountManager

__all__ = ["Account", "AccountManager"]
