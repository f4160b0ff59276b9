"""Makes the peers' environments: one virtual environment per peer, made once.

They are in $MYCEL_PEERS, by default `mycel/peers` in the user's cache folder. Run as a program, it
makes the missing ones; a peer that cannot be installed is skipped with a message.
"""

import argparse
import fcntl
import os
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Peer:
    """The content of one environment; `size` was measured with the newest version."""

    name: str
    module: str
    requirements: tuple[str, ...]
    size: str


PEERS = (
    # PyTorch's Linux wheels do not import without the CUDA libraries that they depend on.
    Peer("pytorch", "torch", ("torch>=2.6,<3", "numpy<3"), "3.0 GB (5.4 GB on disk)"),
    Peer("jax", "jax", ("jax>=0.6,<1", "numpy<3"), "140 MB (630 MB on disk)"),
)


def folder() -> Path:
    """Returns the folder of the environments."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("MYCEL_PEERS") or Path(cache) / "mycel" / "peers")


def python_of(name: str) -> Path | None:
    """Returns the interpreter of a peer whose environment is made and imports it, else None."""
    return _python(name) if _stamp(name).exists() else None


def make(names: Collection[str]) -> None:
    """Makes the named environments that are missing or out of date."""
    folder().mkdir(parents=True, exist_ok=True)
    with open(folder() / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for peer in PEERS:
            if peer.name in names:
                _make(peer)


def absence(what: str, name: str) -> str:
    """Returns the message for something that is skipped because a peer is absent."""
    return f"skipping {what}: no environment of {name} (python bench/peers.py makes it)"


def _python(name: str) -> Path:
    return folder() / name / "bin" / "python"


def _stamp(name: str) -> Path:
    return folder() / name / "requirements.txt"


def _make(peer: Peer) -> None:
    wanted = "\n".join(peer.requirements)
    if _stamp(peer.name).exists() and _stamp(peer.name).read_text() == wanted:
        return
    _stamp(peer.name).unlink(missing_ok=True)
    print(f"making {folder() / peer.name}: a download of {peer.size}", flush=True)
    python = str(_python(peer.name))
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder() / peer.name)],
        [python, "-m", "pip", "install", "--quiet", *peer.requirements],
        [python, "-c", f"import {peer.module}"],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            reason = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            print(f"skipping {peer.name}: {reason}", flush=True)
            return
    _stamp(peer.name).write_text(wanted)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    make([peer.name for peer in PEERS])
    for each in PEERS:
        print(f"{each.name}: {python_of(each.name) or 'absent'}")
