"""`openssl speed`: what cryptographic operations cost on this machine, in this session."""

import shutil
import subprocess
from dataclasses import dataclass

from benchmarks.measuring import NotMeasured, Sample

_SIGN, _VERIFY = -2, -1


@dataclass(slots=True)
class OpenSSLSpeed:
    """So many signatures and verifications with one algorithm (`ecdsap256`, `rsa3072` …)."""

    algorithm: str = "ecdsap256"
    signs: int = 0
    verifies: int = 0

    @property
    def name(self) -> str:
        parts = []
        for count, operation in ((self.signs, "sign"), (self.verifies, "verify")):
            if count:
                parts.append(f"{count} {operation}")
        return f"openssl {self.algorithm}: {', '.join(parts)}"

    def warm_up(self, seconds: float) -> None:
        if shutil.which("openssl") is None:
            raise NotMeasured("openssl is not installed")
        self.measure(seconds)

    def measure(self, seconds: float) -> Sample:
        whole = max(1, round(seconds / 2))  # it does both operations, each so long
        speed = subprocess.run(
            ["openssl", "speed", "-seconds", str(whole), self.algorithm],
            check=True,
            capture_output=True,
            text=True,
        )
        # "256 bits ecdsa (nistp256)  0.0000s  0.0001s  56168.7  17674.0": per CPU second
        columns = speed.stdout.splitlines()[-1].split()
        cpu_seconds = self.signs / float(columns[_SIGN]) + self.verifies / float(
            columns[_VERIFY]
        )
        good = max(1, round(whole / cpu_seconds))
        return Sample(good=good, cpu_seconds=good * cpu_seconds, seconds=whole)
