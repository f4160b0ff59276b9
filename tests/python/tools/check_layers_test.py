"""tools/check_layers on small trees written for the purpose, and on this one."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "check_layers"), "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / "mycel" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_this_tree_follows_the_map():
    result = run(ROOT)
    assert result.returncode == 0, result.stdout


def test_allowed_arrows_pass_directly_and_transitively(tmp_path):
    write(
        tmp_path,
        {
            "base/error.h": "#include <string>\n",
            "core/shape.h": '#include "mycel/base/error.h"\n',
            "ops/conv.cc": '#include "mycel/core/shape.h"\n#include "mycel/tensor/tensor.h"\n',
            "runtime/step.h": '#include "mycel/backends/api/kernel.h"\n',
            "eager/eager.cc": '#include "mycel/backends/cpu/backend.h"\n',
            "nn/linear.cc": '#include "mycel/api.h"\n#include "mycel/ops/matmul.h"\n',
            "codegen/llvm/jit.cc": '#include "llvm/IR/Module.h"\n',
            "backends/cpu/onednn/conv.cc": "#include <oneapi/dnnl/dnnl.hpp>\n",
            "mycel.h": '#include "mycel/nn/linear.h"\n',
        },
    )
    result = run(tmp_path)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("core/shape.h", '#include "mycel/ir/type.h"', "core may include base, not mycel/ir"),
        ("te/expr.cc", '  #  include "mycel/ir/type.h"', "te may include core, not mycel/ir"),
        ("passes/fusion/fuse.cc", '#include "mycel/codegen/llvm/jit.h"', "passes may include"),
        ("runtime/step.cc", '#include "mycel/backends/cpu/conv.h"', "runtime may include"),
        ("backends/cpu/conv.cc", '#include "mycel/backends/reference/conv.h"', "backends/cpu may"),
        ("nn/linear.cc", '#include "mycel/backends/cpu/conv.h"', "nn may include api.h"),
        ("lite/run.h", '#include "mycel/base/error.h"', "lite may include nothing"),
        ("core/a.cc", '#include "mycel/elsewhere/b.h"', "core may include base"),
        ("elsewhere/a.cc", "#include <vector>", "is in a folder that the table"),
        ("te/a.cc", '#include "llvm/IR/Module.h"', "LLVM may be seen in mycel/codegen/llvm"),
        ("backends/cpu/conv.cc", "#include <dnnl.hpp>", "oneDNN may be seen in mycel/backends"),
    ],
)
def test_a_wrong_arrow_fails_and_names_its_line(tmp_path, file, text, message):
    write(tmp_path, {file: f"// A file.\n{text}\n"})
    result = run(tmp_path)
    assert result.returncode == 1
    assert result.stdout.startswith(f"mycel/{file}:2: {message}")


def test_a_path_relative_to_the_file_fails(tmp_path):
    write(tmp_path, {"core/shape.h": "", "core/array.h": '#include "shape.h"\n'})
    result = run(tmp_path)
    assert result.returncode == 1
    assert "write the path from the root" in result.stdout


def test_a_cycle_inside_a_folder_fails(tmp_path):
    write(
        tmp_path,
        {
            "ir/a.h": '#include "mycel/ir/b.h"\n',
            "ir/b.h": '#include "mycel/ir/c.h"\n',
            "ir/c.h": '#include "mycel/ir/a.h"\n',
        },
    )
    result = run(tmp_path)
    assert result.returncode == 1
    assert "mycel/ir/a.h includes mycel/ir/b.h includes mycel/ir/c.h" in result.stdout * 2


def test_at_most_eight_files_see_llvm(tmp_path):
    files = {f"codegen/llvm/f{i}.cc": '#include "llvm/IR/Module.h"\n' for i in range(8)}
    write(tmp_path, files)
    assert run(tmp_path).returncode == 0
    write(tmp_path, {"codegen/llvm/f8.cc": '#include "llvm/IR/Module.h"\n'})
    result = run(tmp_path)
    assert result.returncode == 1
    assert "9 files include LLVM, at most 8 may" in result.stdout
