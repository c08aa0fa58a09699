"""Starts Corp ID's processes, keeps them running, stops them all.

One thread, one loop. A process that ends is started again: at once the first time, then ever
more slowly while it keeps failing. Before the first "ready", a process that fails again and
again ends the start, with the tail of its log.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from corpid.embedded.processes import descendants, end_group, kill_group, start_time
from corpid.embedded.state import Running

_PR_SET_CHILD_SUBREAPER = 36
_TICK = 0.25
_CALM = 10.0  # seconds after which a process counts as well again
_SLOWEST_RETRY = 10.0
_FAILURES_AT_START = 3
_PROCESSES_STOP_WITHIN = 6.0


class StopAsked(Exception):  # not a failure
    """SIGTERM or Ctrl-C arrived during the start."""


class StartFailed(RuntimeError):
    """A process would not start; its log says why."""


@dataclass(slots=True)
class Kept:
    """A process to be kept running."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    log: Path
    stop: Callable[[subprocess.Popen[bytes]], None] | None = None  # a server the others need
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    retry_at: float = 0.0

    def is_due(self, now: float) -> bool:
        return self.process is None and now >= self.retry_at


@dataclass(slots=True)
class Supervisor:
    record: Callable[[list[Running]], None]
    say: Callable[[str], None]
    kept: list[Kept] = field(default_factory=list)
    is_ready: bool = False
    _once: subprocess.Popen[bytes] | None = None
    _wake: int = -1
    _stop_asked: bool = False

    def __post_init__(self) -> None:
        """Listen to signals, and take in orphans so that none gets away."""
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._wake, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            signal.signal(signal.SIGHUP, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes the loop

    def _ask_to_stop(self, _signal: int, _frame: object) -> None:
        self._stop_asked = True

    def keep(self, kept: Kept) -> None:
        """Start a process and keep it from now on."""
        self.kept.append(kept)
        self._start(kept)

    def tend(self) -> None:
        """Wait a moment, then start again what ended; raises StopAsked."""
        select.select([self._wake], [], [], _TICK)
        has_news = False
        with contextlib.suppress(BlockingIOError):
            has_news = bool(os.read(self._wake, 4096))
        if self._stop_asked:
            raise StopAsked
        for kept in self.kept:
            self._notice_end(kept)
        for kept in self.kept:
            if kept.is_due(time.monotonic()):
                self._start(kept)
        if has_news:
            self._reap_orphans()

    def tend_until(self, is_done: Callable[[], bool], *, within: float, what: str) -> None:
        deadline = time.monotonic() + within
        while not is_done():
            if time.monotonic() > deadline:
                raise StartFailed(f"{what}: not within {within:.0f} seconds.")
            self.tend()

    def run_once(self, kept: Kept) -> None:
        """Run a process that ends by itself; raises StartFailed if it fails."""
        process = self._once = kept.start()
        try:
            while process.poll() is None:
                self.tend()
        finally:
            kill_group(process.pid)
            self._once = None
        if process.returncode != 0:
            raise StartFailed(f"{kept.name} failed.{_tail(kept.log)}")

    def stop_all(self) -> None:
        """Stop everything, the servers last; nothing that descends from us remains."""
        others = [kept.process for kept in self.kept if kept.process and not kept.stop]
        for process in others:
            process.terminate()  # together, since each may need seconds
        deadline = time.monotonic() + _PROCESSES_STOP_WITHIN
        for process in others:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            kill_group(process.pid)
        for kept in reversed(self.kept):
            if kept.process and kept.stop:
                kept.stop(kept.process)
        while left := [pid for pid in descendants(os.getpid()) if start_time(pid) is not None]:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._reap_orphans()
        self.record([])

    def _start(self, kept: Kept) -> None:
        try:
            kept.process = kept.start()
        except RuntimeError as failure:  # a server that can't start says why
            if not self.is_ready:
                raise
            self._plan_retry(kept, str(failure))
            return
        kept.started_at = time.monotonic()
        self.record(self.running())

    def _notice_end(self, kept: Kept) -> None:
        if kept.process is None or kept.process.poll() is None:
            return
        process, kept.process = kept.process, None
        end_group(process.pid, patience=1.0)  # what a dead master leaves would go on answering
        self._plan_retry(kept, f"process {process.pid} {_how_it_ended(process.returncode)}")

    def _plan_retry(self, kept: Kept, why: str) -> None:
        now = time.monotonic()
        kept.failures = 1 if now - kept.started_at > _CALM else kept.failures + 1
        if not self.is_ready and kept.failures >= _FAILURES_AT_START:
            raise StartFailed(f"{kept.name}: {why}.{_tail(kept.log)}")
        delay = 0.0 if kept.failures == 1 else min(2.0 ** (kept.failures - 2), _SLOWEST_RETRY)
        kept.retry_at = now + delay
        self.say(f"{kept.name}: {why}; starting it again (log: {kept.log})")

    def running(self) -> list[Running]:
        """Return every process that runs now, this one in front."""
        pids = {"supervisor": os.getpid()}
        pids |= {kept.name: kept.process.pid for kept in self.kept if kept.process}
        return [Running(name, pid, start_time(pid)) for name, pid in pids.items()]

    def _reap_orphans(self) -> None:
        """Collect the dead that came to us when their own parent was killed."""
        awaited = [kept.process for kept in self.kept] + [self._once]
        ours = {process.pid for process in awaited if process is not None}
        for pid in descendants(os.getpid()):
            if pid not in ours and start_time(pid) is None:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)


def _how_it_ended(returncode: int) -> str:
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with status {returncode}"


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-25:]
    return "\n".join([f" Its log ({log}) ends:", *(f"  {line}" for line in lines)])
