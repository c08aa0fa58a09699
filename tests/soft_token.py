"""A token of SoftHSM2 for one test: made, taken away, put back."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.test import override_settings

from corpid.keys.bounded import forget_everything
from corpid.keys.store import key_store
from tests.needs import softhsm_module

LABEL = "corpid-test"
PIN = "canary-pin-7301"


@dataclass(frozen=True, slots=True)
class SoftToken:
    folder: Path

    @property
    def _tokens(self) -> Path:
        return self.folder / "tokens"

    @property
    def configuration(self) -> Path:
        return self.folder / "softhsm2.conf"

    def make(self) -> None:
        self._tokens.mkdir(parents=True)
        self.configuration.write_text(
            f"directories.tokendir = {self._tokens}\nobjectstore.backend = file\n"
            "log.level = ERROR\nslots.removable = false\n"
        )
        subprocess.run(
            [
                *("softhsm2-util", "--init-token", "--free", "--label", LABEL),
                *("--pin", PIN, "--so-pin", "5678-5678"),
            ],
            env={**os.environ, "SOFTHSM2_CONF": str(self.configuration)},
            check=True,
            capture_output=True,
        )

    def take_away(self) -> None:
        self._tokens.rename(self.folder / "taken")

    def put_back(self) -> None:
        shutil.rmtree(self._tokens, ignore_errors=True)
        (self.folder / "taken").rename(self._tokens)


@contextmanager
def keys_in_token(folder: Path, **changes: object) -> Iterator[SoftToken]:
    """Let this process keep its keys in a new token, and forget it afterwards."""
    token = SoftToken(folder)
    token.make()
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(token.configuration)
    chosen = {
        "PKCS11_MODULE": softhsm_module(),
        "PKCS11_TOKEN_LABEL": LABEL,
        "PKCS11_TOKEN_PIN": PIN,
    } | changes
    try:
        with override_settings(**chosen):
            key_store.cache_clear()
            yield token
    finally:
        key_store.cache_clear()
        forget_everything()
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before
