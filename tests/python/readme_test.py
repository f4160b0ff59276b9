"""README.md: its program runs as printed, its links lead somewhere, its picture counts right."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "README.md").read_text()
STEPS = "\nprint(step.explain())\n"


def test_the_program_runs_and_takes_the_steps_of_the_picture(tmp_path):
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "program.py").write_text(program + STEPS)
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env={**os.environ, "MYCEL_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loss = re.match(r"loss (\d+\.\d+)\n", done.stdout)
    assert loss and float(loss[1]) < 0.5, done.stdout
    picture = (ROOT / "docs" / "overview.svg").read_text()
    assert "ten steps" in picture
    assert "\n  10 steps:\n" in done.stdout, done.stdout


def test_links_lead_to_files():
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert len(links) > 5
    assert not [link for link in links if not (ROOT / link).exists()]
