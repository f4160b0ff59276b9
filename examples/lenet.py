"""Trains LeNet-5 on MNIST, or on built-in synthetic digits where MNIST is not found.

python examples/lenet.py --epochs 5 --mode graph
"""

from __future__ import annotations

import argparse
import sys
import time

import mycel as mc
import mycel.nn.functional as F
from mycel import data, nn, optim


class LeNet(nn.Module):
    """LeNet-5 with rectifiers and max pooling (LeCun et al. 1998)."""

    def __init__(self) -> None:
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x: mc.Tensor) -> mc.Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.reshape(x.shape[0], -1)
        return F.log_softmax(self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))), -1)


OPTIMIZERS = {
    "adadelta": lambda parameters: optim.Adadelta(parameters, lr=1.0),
    "sgd": lambda parameters: optim.SGD(parameters, lr=0.05, momentum=0.9),
    "adamw": lambda parameters: optim.AdamW(parameters, lr=1e-3),
}


def load_data(folder: str | None) -> tuple[data.Dataset, data.Dataset]:
    """Training and test set: MNIST where it is found, else the synthetic digits."""
    found = data.find_mnist(folder)
    if found is None:
        print("data: built-in synthetic digits (no MNIST found; --data DIR says where it is)")
        return data.SyntheticDigits(12000, seed=1), data.SyntheticDigits(2000, seed=2)
    print(f"data: MNIST in {found}")
    return data.MNIST(found, train=True), data.MNIST(found, train=False)


def progress(epoch: int, done: int, total: int, loss: float, accuracy: float, start: float) -> None:
    elapsed = time.perf_counter() - start
    bar = "#" * (20 * done // total)
    print(
        f"\repoch {epoch} [{bar:20}] {done}/{total}  loss {loss:.4f}  accuracy {accuracy:.4f}  "
        f"{done / elapsed:.0f} samples/s  {elapsed * (total - done) / done:.0f} s left ",
        end="\n" if done == total else "",
        flush=True,
    )


def evaluate(model: nn.Module, dataset: data.Dataset) -> float:
    """The share of the images whose most likely class is right."""
    forward = mc.jit(lambda x: model(x).argmax(1))
    correct = 0
    model.eval()
    with mc.no_grad():
        for x, y in data.DataLoader(dataset, batch_size=500):
            correct += int((forward(x) == y).sum())
    model.train()
    return correct / len(dataset)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", help="where MNIST's four files are")
    parser.add_argument("--epochs", type=int, default=2, metavar="N")
    parser.add_argument("--batch-size", type=int, default=64, metavar="B")
    parser.add_argument("--mode", choices=["eager", "graph"], default="graph")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--optimizer", choices=sorted(OPTIMIZERS), default="adadelta")
    options = parser.parse_args()
    if options.epochs < 0:
        parser.error(f"--epochs expects at least 0, got {options.epochs}")

    mc.manual_seed(options.seed)
    train, test = load_data(options.data)
    model = LeNet()
    optimizer = OPTIMIZERS[options.optimizer](model.parameters())
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    loader = data.DataLoader(train, batch_size=options.batch_size, shuffle=True, seed=options.seed)

    def step(x: mc.Tensor, y: mc.Tensor) -> tuple[mc.Tensor, mc.Tensor]:
        optimizer.zero_grad()
        output = model(x)
        loss = F.nll_loss(output, y)
        loss.backward()
        optimizer.step()
        return loss, (output.argmax(1) == y).sum()

    if options.mode == "graph":
        step = mc.jit(step)  # the one line: forward, loss, gradient and update as one graph

    pause = 0.2 if sys.stdout.isatty() else float("inf")  # a file gets the last line of an epoch
    for epoch in range(1, options.epochs + 1):
        start, done, correct, shown = time.perf_counter(), 0, 0, 0.0
        for x, y in loader:
            loss, right = step(x, y)
            done += len(y)
            correct += int(right)
            if time.perf_counter() - shown > pause or done == len(train):
                shown = time.perf_counter()
                progress(epoch, done, len(train), float(loss), correct / done, start)
        scheduler.step()
    print(f"test accuracy: {evaluate(model, test):.4f}")


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
