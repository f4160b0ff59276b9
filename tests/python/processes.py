"""How tests run code in a process of its own."""

import os
import subprocess
import sys


def in_process(code, folder, **variables):
    """What the code prints in the folder, with `data` imported and environment variables set."""
    result = subprocess.run(
        [sys.executable, "-c", f"from mycel import data\n{code}"],
        env={**os.environ, **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return result.stdout + result.stderr
