"""docs/tour.md prints what it says; `python tests/python/tour_test.py` writes that into it."""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tour.md"
BLOCK = re.compile(r"```(python|sh)\n(.*?)```\n\n```text\n(.*?)```\n", re.DOTALL)
# Runs the Python blocks as one program, each one's output after a line that ends the one before.
END = "--- end of block ---"


def outputs(page, folder):
    """What each block of the page prints when all run in order, in a folder of their own."""
    blocks = [(kind, code) for kind, code, _ in BLOCK.findall(page)]
    program = f"\nprint({END!r})\n".join(code for kind, code in blocks if kind == "python")
    (folder / "tour.py").write_text(program)
    environment = {**os.environ, "MYCEL_THREADS": "1", "MYCEL_CACHE": str(folder / "cache")}

    def run(*command):
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    printed = iter(run(sys.executable, "tour.py").split(f"{END}\n"))
    return [
        next(printed)
        if kind == "python"
        else run("bash", "-ec", code.replace("python", sys.executable))
        for kind, code in blocks
    ]


def test_every_block_prints_what_the_page_shows(tmp_path):
    page = PAGE.read_text()
    shown = [text for _, _, text in BLOCK.findall(page)]
    assert len(shown) == page.count("```text") == page.count("```python") + page.count("```sh")
    for expected, found in zip(shown, outputs(page, tmp_path), strict=True):
        assert found == expected


def test_files_that_the_page_names_exist():
    named = re.findall(r"`((?:mycel|python)/[^` ]*)`", PAGE.read_text())
    assert len(named) > 8
    assert not [path for path in named if not (PAGE.parents[1] / path).exists()]


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        page = PAGE.read_text()
        found = iter(outputs(page, Path(name)))
        PAGE.write_text(
            BLOCK.sub(lambda m: f"```{m[1]}\n{m[2]}```\n\n```text\n{next(found)}```\n", page)
        )
