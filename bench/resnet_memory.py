"""Compares the peak memory of the eager training step of ResNet-50, batch 16, with PyTorch's.

Measured by the resident pages of a process of its own: the peak during three steps, less what the
process held when the framework was imported.
"""

import importlib
import subprocess
import sys

import peers
from process_pages import resident_bytes
from report import Row, main
from torch_like import resnet50, training_step

GIB = 1 << 30
BATCH, SIDE, STEPS = 16, 224, 3


def rows() -> list[Row]:
    """One row, or none where PyTorch is absent."""
    python = peers.python_of("pytorch")
    what = f"ResNet-50 eager training step, batch {BATCH}, peak memory"
    if python is None:
        print(peers.absence(what, "pytorch"))
        return []
    ours, theirs = _peak(sys.executable, "mycel"), _peak(str(python), "torch")
    return [
        Row(
            what,
            f"{ours / GIB:.2f} GiB",
            f"{theirs / GIB:.2f} GiB (PyTorch)",
            ours / theirs,
            bar=0.9,
            at_least=False,
        )
    ]


def _peak(python: str, framework: str) -> float:
    command = (python, __file__, "measure", framework)
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def _measure(name: str) -> int:
    framework = importlib.import_module(name)
    functional = importlib.import_module(f"{name}.nn.functional")
    before = resident_bytes("VmRSS")
    framework.manual_seed(0)
    model = resnet50(framework)
    optimizer = framework.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    step = training_step(lambda x, y: functional.cross_entropy(model(x), y), optimizer)
    images = framework.randn(BATCH, 3, SIDE, SIDE)
    labels = framework.arange(BATCH)
    for _ in range(STEPS):
        step(images, labels)
    return resident_bytes("VmHWM") - before


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        print(_measure(sys.argv[2]))
    else:
        main(rows, __doc__)
