"""tools/dependants on a small tree written for the purpose."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[3] / "tools" / "dependants"
FILES = {
    "mycel/base/a.h": "#include <string>\n",
    "mycel/base/b.h": '#include "mycel/base/a.h"\n',
    "mycel/base/a.cc": '#include "mycel/base/a.h"\n',
    "mycel/core/b.cc": '  #  include "mycel/base/b.h"\n',
    "mycel/core/c.cc": "#include <string>\n",
    "tests/cpp/b_test.cc": '#include "mycel/base/b.h"\n',
    "examples/b.cc": "#include <mycel/base/b.h>\n",
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("mycel/core/c.cc", ["mycel/core/c.cc"]),
        ("mycel/base/b.h", ["examples/b.cc", "mycel/core/b.cc", "tests/cpp/b_test.cc"]),
        (
            "mycel/base/a.h mycel/core/c.cc",
            [
                "examples/b.cc",
                "mycel/base/a.cc",
                "mycel/core/b.cc",
                "mycel/core/c.cc",
                "tests/cpp/b_test.cc",
            ],
        ),
        ("mycel/core/deleted.cc README.md", []),
        ("", []),
    ],
)
def test_a_source_depends_on_what_it_includes_however_indirectly(tmp_path, changed, expected):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    result = subprocess.run(
        [sys.executable, str(TOOL)], cwd=tmp_path, input=changed, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == expected
