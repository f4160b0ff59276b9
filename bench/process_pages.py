"""The resident pages of this process."""

import re
from pathlib import Path


def resident_bytes(field: str) -> int:
    """Returns VmRSS (current) or VmHWM (the peak since its reset) in bytes."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024
