import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password


def test_passwords_are_argon2id_with_owasps_parameters() -> None:
    stored = make_password("correct horse battery")

    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("correct horse battery", stored)
    assert not check_password("correct horse batterx", stored)


def test_a_password_hashed_with_other_parameters_is_hashed_anew_when_it_is_next_given() -> None:
    stored = Argon2PasswordHasher().encode("correct horse battery", "s" * 22)
    renewed: list[str] = []

    assert check_password("correct horse battery", stored, setter=renewed.append)

    assert renewed == ["correct horse battery"]


@pytest.mark.parametrize("password", ["密碼𠝹", "p" * 1024])
def test_any_text_can_be_a_password(password: str) -> None:
    assert check_password(password, make_password(password))
