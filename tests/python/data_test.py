"""Data sets: their items, and files that lie."""

import gzip
import struct

import numpy as np
import pytest

import mycel as mc
from mycel import data
from processes import in_process

SIZES = {"train": 37, "t10k": 11}


def idx(values, magic=None):
    """The content of an IDX file, as its authors' page describes it."""
    start = bytes([0, 0, 8, values.ndim]) if magic is None else magic
    return start + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def digits(part):
    random = np.random.default_rng(SIZES[part])
    images = random.integers(0, 256, (SIZES[part], 28, 28), dtype=np.uint8)
    return images, random.integers(0, 10, SIZES[part], dtype=np.uint8)


def write_mnist(folder, ending=""):
    folder.mkdir(parents=True, exist_ok=True)
    for part in SIZES:
        images, labels = digits(part)
        for name, values in ((f"{part}-images-idx3", images), (f"{part}-labels-idx1", labels)):
            content = idx(values)
            path = folder / f"{name}-ubyte{ending}"
            path.write_bytes(gzip.compress(content) if ending else content)
    return folder


@pytest.fixture
def mnist(tmp_path):
    return write_mnist(tmp_path)


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("place", ["", "mnist", "MNIST/raw"])
def test_mnist_is_found_in_every_layout(tmp_path, place, ending):
    folder = write_mnist(tmp_path / place, ending)
    assert data.find_mnist(tmp_path) == str(folder)
    for train, part in ((True, "train"), (False, "t10k")):
        dataset, (images, labels) = data.MNIST(tmp_path, train=train), digits(part)
        assert len(dataset) == len(labels)
        for i in (0, 5, -1):
            image, label = dataset[i]
            assert (image.shape, image.dtype) == ((1, 28, 28), mc.float32)
            assert (label.shape, label.dtype) == ((), mc.int64)
            np.testing.assert_array_equal(image.numpy()[0], images[i] / np.float32(255))
            assert label.item() == labels[i]


def test_mnist_that_is_not_there_says_where_it_looked(tmp_path):
    with pytest.raises(OSError, match=r"\[MNIST\] expects train-images-idx3-ubyte"):
        data.MNIST(tmp_path)
    folder = write_mnist(tmp_path)
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(OSError, match="MNIST/raw"):
        data.MNIST(str(tmp_path))


def test_the_environment_names_the_folder(tmp_path):
    write_mnist(tmp_path / "here" / "mnist")
    code = "print(len(data.MNIST()), data.find_mnist())"
    found = in_process(code, tmp_path, MYCEL_DATA=str(tmp_path / "here"))
    assert found == f"37 {tmp_path}/here/mnist\n"
    assert "OSError" in in_process(code, tmp_path, MYCEL_DATA=str(tmp_path))
    printed = in_process("data.MNIST()", tmp_path, MYCEL_DATA="")
    assert "FileNotFoundError: [MNIST]" in printed
    assert "SyntheticDigits needs no files" in printed


IMAGES, LABELS = digits("train")
DAMAGE = {
    "cut": ("train-images-idx3-ubyte", idx(IMAGES)[:-1]),
    "too long": ("train-images-idx3-ubyte", idx(IMAGES) + b"\0"),
    "nothing": ("train-labels-idx1-ubyte", b""),
    "half a header": ("train-images-idx3-ubyte", idx(IMAGES)[:6]),
    "a wrong magic number": ("train-images-idx3-ubyte", idx(IMAGES, b"\1\0\x08\3")),
    "an unknown element": ("train-images-idx3-ubyte", idx(IMAGES, b"\0\0\x0a\3")),
    "another rank": ("train-images-idx3-ubyte", idx(IMAGES[0])),
    "another size": ("train-images-idx3-ubyte", idx(IMAGES[:, :27])),
    "fewer labels": ("train-labels-idx1-ubyte", idx(LABELS[:-1])),
    "a label of 10": ("train-labels-idx1-ubyte", idx(np.full(37, 10, np.uint8))),
    "extents without end": ("train-images-idx3-ubyte", b"\0\0\x08\3" + b"\xff" * 12),
    "2^32 images": ("train-images-idx3-ubyte", b"\0\0\x08\3" + b"\xff" * 4 + idx(IMAGES)[8:]),
    "255 dims": ("train-images-idx3-ubyte", b"\0\0\x08\xff" + b"\0\0\0\1" * 255),
}


@pytest.mark.parametrize(("name", "content"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_files_are_refused(mnist, name, content):
    (mnist / name).write_bytes(content)
    with pytest.raises(OSError, match=r"ubyte|expects (as many )?labels"):
        data.MNIST(mnist)


def test_damaged_compressed_files_are_refused(tmp_path):
    folder = write_mnist(tmp_path, ".gz")
    path = folder / "train-images-idx3-ubyte.gz"
    whole = path.read_bytes()
    wrong_sum = bytearray(whole)
    wrong_sum[-8] ^= 1
    for content in (whole[: len(whole) // 2], bytes(wrong_sum), whole[:-4]):
        path.write_bytes(content)
        with pytest.raises(OSError, match=r"train-images-idx3-ubyte\.gz"):
            data.MNIST(tmp_path)


def test_synthetic_digits_depend_on_the_seed_and_the_number_alone():
    dataset, again = data.SyntheticDigits(100, seed=3), data.SyntheticDigits(50, seed=3)
    assert len(dataset) == 100
    for i in (0, 49):
        image, label = dataset[i]
        assert (image.shape, image.dtype, label.dtype) == ((1, 28, 28), mc.float32, mc.int64)
        assert image.numpy().min() >= 0
        assert 0.5 < image.numpy().max() <= 1
        np.testing.assert_array_equal(again[i][0].numpy(), image.numpy())
        assert again[i][1].item() == label.item()
    assert dataset[0][0].tolist() != data.SyntheticDigits(1, seed=4)[0][0].tolist()
    assert {dataset[i][1].item() for i in range(100)} == set(range(10))
    for i in (100, -101):
        with pytest.raises(IndexError, match="expects an item in"):
            dataset[i]
    with pytest.raises(ValueError, match=r"\[SyntheticDigits\] expects .*size.* of at least 0"):
        data.SyntheticDigits(-1)


def test_a_transform_makes_the_first_field_of_an_item(mnist):
    dataset = data.MNIST(mnist, transform=lambda image: (image - 0.5).reshape(784))
    image, label = dataset[2]
    np.testing.assert_allclose(image.numpy(), IMAGES[2].reshape(784) / 255 - 0.5, atol=1e-6)
    assert label.item() == LABELS[2]
    x, y = next(iter(data.DataLoader(dataset, batch_size=5)))
    assert x.shape == (5, 784)
    assert y.tolist() == LABELS[:5].tolist()


def test_arrays_are_data_sets():
    x, y = np.arange(12, dtype=np.float32).reshape(4, 3)[:, ::-1], np.arange(4)
    dataset = data.ArrayDataset(x, y)
    assert len(dataset) == 4
    assert [field.tolist() for field in dataset[1]] == [[5, 4, 3], 1]
    x[1] = 0  # they were copied
    assert dataset[1][0].tolist() == [5, 4, 3]
    (first, labels), (second, _) = data.DataLoader((x.copy(), y), batch_size=2)
    assert first.shape == second.shape == (2, 3)
    assert (first.dtype, labels.dtype) == (mc.float32, mc.int64)
    assert [batch[0].tolist() for batch in data.DataLoader(mc.arange(3), 2)] == [[0, 1], [2]]
    with pytest.raises(ValueError, match=r"\[ArrayDataset\] expects arrays of equal length"):
        data.ArrayDataset(x, y[:3])
    with pytest.raises(ValueError, match="at least one dimension"):
        data.ArrayDataset(1.0)
    with pytest.raises(ValueError, match="at least one array"):
        data.ArrayDataset()
