"""The test's end of openid_client.mjs: npm openid-client in its own process."""

import json
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Refused(Exception):
    """What the provider, or the client itself, would not do; `error` is the OAuth code."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.error = error


class OpenIDClient:
    """One relying party. `ask` sends a command and waits for its answer."""

    def __init__(self, *, issuer: str, registered: dict[str, Any]) -> None:
        (key,) = [key for key in registered["private_jwks"]["keys"] if key["use"] == "sig"]
        arguments = [
            issuer,
            registered["client_id"],
            json.dumps(key),
            registered["redirect_uris"][0],
        ]
        self.process = subprocess.Popen(
            ["node", "--no-warnings", str(HERE / "openid_client.mjs"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, command: str, **options: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"command": command, **options}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise Refused(answer["error"], answer["message"])
        return answer.get("value")

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()
