"""x[key] and x[key] = v, as NumPy has them."""

import sys

import numpy as np
import pytest

import mycel as mc

KEYS = {
    "int": 1,
    "negative": -1,
    "slice": slice(1, 3),
    "steps": slice(None, None, 2),
    "reversed": slice(None, None, -1),
    "bounds far away": (slice(-(2**70), 2**70), slice(sys.maxsize, None, -1)),
    "long steps": (slice(1, None, 2**70), slice(None, None, -(2**70))),
    "empty": slice(2, 2),
    "two": (0, slice(1, None)),
    "ellipsis": (..., 0),
    "new axis": (None, 1, ..., None),
    "list": [0, 2, 0],
    "lists": ([0, 1], [1, 2]),
    "split lists": ([0, 1], slice(None), [1, 0]),
    "list and slice": (slice(1, 3), [3, 0]),
    "number and list": (1, [2, 0]),
    "mask": np.arange(24).reshape(3, 4, 2) % 3 == 0,
    "mask of rows": np.array([True, False, True]),
    "all": (),
}


@pytest.fixture
def array():
    return np.arange(24.0).reshape(3, 4, 2)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_read(array, key):
    x = mc.tensor(array)
    np.testing.assert_array_equal(x[key].numpy(), array[key])


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_write(array, key):
    x = mc.tensor(array)
    x[key] = -1
    array[key] = -1
    np.testing.assert_array_equal(x.numpy(), array)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_write_of_values(array, key):
    x = mc.tensor(array)
    values = np.random.default_rng(0).random(array[key].shape)
    if isinstance(key, list):
        values[2] = values[0]  # of positions that appear twice either value may stay
    x[key] = mc.tensor(values)
    array[key] = values
    np.testing.assert_array_equal(x.numpy(), array)


def test_tensors_as_keys(array):
    x = mc.tensor(array)
    assert x[mc.tensor(1)].tolist() == array[1].tolist()
    assert x[mc.tensor([2, 0])].tolist() == array[[2, 0]].tolist()
    assert x[x > 20].tolist() == array[array > 20].tolist()


def test_assignment_casts_and_broadcasts():
    x = mc.zeros(2, 3)
    x[1] = mc.tensor([1, 2, 3])
    x[:, 0] = [7, 8]
    x[..., 1:] = mc.tensor([[[5.0, 6.0]]])
    assert x.tolist() == [[7, 5, 6], [8, 5, 6]]
    x[0] += 1
    x[0, 1] *= 2
    assert x.tolist() == [[8, 12, 7], [8, 5, 6]]


def test_assignment_is_seen_under_every_name_of_the_object():
    x = mc.zeros(2)
    y = x
    x[0] = 1
    assert y.tolist() == [1, 0]


def test_gradients_pass_through_reads_and_writes():
    x = mc.ones(3, requires_grad=True)
    v = mc.tensor(5.0, requires_grad=True)
    y = x * 2
    y[1] = v
    (y * mc.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [2, 0, 200]
    assert v.grad.item() == 10


@pytest.mark.parametrize("key", ["[0, 2]", "positions", "mask", "(slice(None), [1, 1])"])
def test_positions_from_another_device_read_and_write(key):
    chosen = eval(key, {"positions": mc.tensor([0, 2]), "mask": mc.tensor([True, False, True])})
    expected = mc.arange(6.0).reshape(3, 2)
    x = expected.to("reference")
    assert x[chosen].tolist() == expected[chosen].tolist()
    for value in (7, -expected[chosen]):
        x[chosen] = value
        expected[chosen] = value
        assert x.tolist() == expected.tolist()


def test_a_write_in_place_names_the_operand_on_another_device():
    x = mc.ones(3).to("reference")
    with pytest.raises(ValueError, match="expects operands on one device, got reference and cpu"):
        x.add_(mc.ones(3))
