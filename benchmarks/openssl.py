"""`openssl speed`: what one cryptographic operation costs on this machine, in this session."""

import shutil
import subprocess
from dataclasses import dataclass
from typing import Literal

from benchmarks.measuring import NotMeasured, Sample

_COLUMN = {"sign": -2, "verify": -1}


@dataclass(slots=True)
class OpenSSLSpeed:
    """Operations of one algorithm (`ecdsap256`, `rsa3072` …); `times`: how many are needed."""

    algorithm: str
    operation: Literal["sign", "verify"]
    times: int = 1

    @property
    def name(self) -> str:
        count = "" if self.times == 1 else f"{self.times} x "
        return f"{count}openssl {self.algorithm} {self.operation}"

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
        per_second = float(speed.stdout.splitlines()[-1].split()[_COLUMN[self.operation]])
        good = max(1, round(per_second * whole / self.times))
        return Sample(good=good, cpu_seconds=good * self.times / per_second, seconds=whole)
