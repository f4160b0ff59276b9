"""What an installed Mycel is: a CMake package for C++ programs, a wheel for Python ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.long

CONSUMER = {
    "CMakeLists.txt": """
cmake_minimum_required(VERSION 3.25)
project(consumer CXX)
find_package(Mycel REQUIRED)
add_executable(consumer main.cc)
target_link_libraries(consumer Mycel::mycel)
""",
    "main.cc": """
#include <mycel/mycel.h>
#include <cstdio>
int main() {
  mycel::Tensor total = mycel::sum(mycel::ones({2, 3}) + 1.0);
  std::printf("%g\\n", total.item<float>());
}
""",
}


def run(*command: object, **options: object) -> str:
    arguments = [str(part) for part in command]
    result = subprocess.run(arguments, capture_output=True, text=True, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_a_program_outside_finds_the_installed_package(tmp_path):
    prefix, source, build = tmp_path / "prefix", tmp_path / "source", tmp_path / "build"
    run("cmake", "--install", ROOT / "build" / "release", "--prefix", prefix, "--component", "cpp")
    source.mkdir()
    for name, text in CONSUMER.items():
        (source / name).write_text(text)
    run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", build)
    assert run(build / "consumer") == "12\n"


def test_the_wheel_works_without_the_repository(tmp_path):
    site = tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--target", site, ROOT)
    program = "import mycel as mc; print(mc.__file__, float((mc.ones(3) + 1).sum()))"
    file, total = run(
        sys.executable, "-c", program, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(site)}
    ).split()
    assert Path(file).is_relative_to(site)
    assert float(total) == 6
