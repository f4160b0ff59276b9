"""The loader of data sets: batches, order, threads, processes."""

import os
import threading
import time

import numpy as np
import pytest

import mycel as mc
from mycel import data
from processes import in_process


def numbers(loader):
    """The items of an epoch, batch by batch, of a data set of their own numbers."""
    return [batch[0].tolist() for batch in loader]


def flat(batches):
    return [item for batch in batches for item in batch]


@pytest.mark.parametrize(
    ("size", "batch_size", "drop_last", "sizes"),
    [
        (10, 4, False, [4, 4, 2]),
        (10, 4, True, [4, 4]),
        (8, 4, True, [4, 4]),
        (3, 4, False, [3]),
        (3, 4, True, []),
        (0, 4, False, []),
        (3, 1, False, [1, 1, 1]),
    ],
)
def test_batches_follow_each_other(size, batch_size, drop_last, sizes):
    loader = data.DataLoader(mc.arange(size), batch_size, drop_last=drop_last)
    assert len(loader) == len(sizes)
    batches = numbers(loader)
    assert [len(batch) for batch in batches] == sizes
    assert flat(batches) == list(range(sum(sizes)))


@pytest.mark.parametrize(("workers", "prefetch"), [(0, 1), (1, 1), (1, 8), (4, 2), (16, 1)])
def test_the_order_depends_on_seed_and_epoch_only(workers, prefetch):
    def order(seed, epoch, **options):
        loader = data.DataLoader(mc.arange(100), 7, shuffle=True, seed=seed, **options)
        loader.set_epoch(epoch)
        return numbers(loader)

    options = {"num_workers": workers, "prefetch": prefetch}
    plain = order(5, 2)
    assert order(5, 2, **options) == plain
    assert sorted(flat(plain)) == list(range(100))
    assert flat(plain) != sorted(flat(plain))
    assert order(5, 3, **options) != plain
    assert order(6, 2, **options) != plain


def test_every_walk_is_the_next_epoch():
    loader = data.DataLoader(mc.arange(50), 50, shuffle=True, seed=1)
    first, second = numbers(loader), numbers(loader)
    assert first != second
    loader.set_epoch(0)
    assert numbers(loader) == first
    assert numbers(loader) == second
    assert loader.epoch == 2


def test_the_seed_is_that_of_manual_seed():
    def order():
        return numbers(data.DataLoader(mc.arange(50), 50, shuffle=True))

    mc.manual_seed(11)
    first = order()
    mc.rand(3)
    assert order() == first
    mc.manual_seed(12)
    assert order() != first


def test_data_sets_written_in_python_have_the_same_order():
    class Squares(data.Dataset):
        def __len__(self):
            return 20

        def __getitem__(self, i):
            return {"x": np.float32(i), "pair": (i, mc.tensor([i, i * i])), "name": f"no {i}"}

    plain = flat(numbers(data.DataLoader(mc.arange(20), 6, shuffle=True, seed=2)))
    batches = list(data.DataLoader(Squares(), 6, shuffle=True, seed=2))
    assert [batch["pair"][1].shape for batch in batches] == [(6, 2)] * 3 + [(2, 2)]
    assert flat(batch["x"].tolist() for batch in batches) == plain
    assert batches[0]["x"].dtype == mc.float32
    assert batches[0]["pair"][0].dtype == mc.int64
    assert flat(batch["name"] for batch in batches) == [f"no {i}" for i in plain]
    assert len(list(data.DataLoader([1.5, 2.5, 3.5], 2))) == 2


@pytest.mark.parametrize(
    ("samples", "batches"),
    [
        ([np.float32(1.5), np.float32(2)], [[1.5, 2]]),
        ([np.int64(3), np.int64(4), np.int64(5)], [[3, 4], [5]]),
        ([np.bool_(True)], [[True]]),
        ([mc.tensor(1.5), mc.tensor(2.0)], [[1.5, 2]]),
        ([np.array([1, 2]), np.array([3, 4]), np.array([5, 6])], [[[1, 2], [3, 4]], [[5, 6]]]),
        ([mc.ones(2), mc.zeros(2)], [[[1, 1], [0, 0]]]),
        ((np.float32(1.5), np.float32(2)), [[1.5, 2]]),
        ([1.5, 2.5, 3.5], [[1.5, 2.5], [3.5]]),
        (range(3), [[0, 1], [2]]),
    ],
)
def test_a_list_is_a_sequence_of_samples(samples, batches):
    assert [batch.tolist() for batch in data.DataLoader(samples, 2)] == batches
    shuffled = data.DataLoader(samples, 2, shuffle=True, seed=3)
    assert sorted(flat(batch.tolist() for batch in shuffled)) == sorted(flat(batches))


def test_numbers_of_numpy_keep_their_dtype():
    for kind in (np.float16, np.float32, np.float64, np.int8, np.uint64, np.bool_):
        (batch,) = data.DataLoader([kind(1), kind(0)], 2)
        assert batch.dtype == getattr(mc, np.dtype(kind).name)


def test_samples_of_a_list_may_be_tuples_of_arrays():
    samples = [(np.full(2, i), i) for i in range(3)]
    assert [[field.tolist() for field in batch] for batch in data.DataLoader(samples, 2)] == [
        [[[0, 0], [1, 1]], [0, 1]],
        [[[2, 2]], [2]],
    ]


@pytest.mark.parametrize("kind", [np.asarray, mc.tensor], ids=["arrays", "tensors"])
def test_a_tuple_of_arrays_is_their_elements_side_by_side(kind):
    columns = kind([1, 2, 3]), kind([[4.0], [5.0], [6.0]])
    expected = [[[1, 2], [[4], [5]]], [[3], [[6]]]]
    for dataset in (columns, data.TensorDataset(*columns)):
        found = [[field.tolist() for field in batch] for batch in data.DataLoader(dataset, 2)]
        assert found == expected


def test_samples_of_unequal_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\[DataLoader\] expects"):
        list(data.DataLoader([mc.ones(2), mc.ones(3)], 2))


def test_items_are_collated_by_the_users_function():
    loader = data.DataLoader(range(5), 2, collate_fn=sum)
    assert list(loader) == [1, 5, 4]


def test_an_error_in_an_item_reaches_the_loop():
    class Broken(data.Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, i):
            if i == 2:
                raise KeyError("no item")
            return i

    batches = iter(data.DataLoader(Broken(), 2))
    assert next(batches).tolist() == [0, 1]
    with pytest.raises(KeyError, match="no item"):
        next(batches)


def test_two_iterators_at_once_are_two_epochs():
    loader = data.DataLoader(mc.arange(40), 8, shuffle=True, seed=0, num_workers=2)
    expected = numbers(loader), numbers(loader)
    loader.set_epoch(0)
    one, two = iter(loader), iter(loader)
    pairs = [(a[0].tolist(), b[0].tolist()) for a, b in zip(one, two, strict=True)]
    assert tuple(map(list, zip(*pairs, strict=True))) == expected
    assert next(one, None) is None
    assert next(one, None) is None


def threads_become(holds):
    """Whether the number of threads comes to be as asked: a joined one stays listed for a while."""
    for _ in range(1000):
        if holds(len(os.listdir("/proc/self/task"))):
            return True
        time.sleep(0.01)
    return False


def test_abandoned_iterators_stop_their_threads():
    loader = data.DataLoader(data.SyntheticDigits(10000), 64, num_workers=3, prefetch=2)
    time.sleep(0.2)  # threads of other tests, joined a moment ago
    before = len(os.listdir("/proc/self/task"))
    for _ in range(20):
        next(iter(loader))
    assert threads_become(lambda count: count <= before)
    kept = iter(loader)
    next(kept)
    assert threads_become(lambda count: count == before + 3)
    del kept
    assert threads_become(lambda count: count <= before)


def test_batches_belong_to_whoever_took_them():
    loader = data.DataLoader(data.SyntheticDigits(64), 8, prefetch=1)
    kept = list(loader)
    again = list(loader)
    for (x, y), (x2, y2) in zip(kept, again, strict=True):
        np.testing.assert_array_equal(x.numpy(), x2.numpy())
        assert y.tolist() == y2.tolist()
    x = kept[0][0]
    x[0] = 0
    assert np.asarray(again[0][0].numpy()).any()


def test_batches_and_items_are_on_the_default_device():
    dataset = data.SyntheticDigits(4)
    mc.set_default_device("reference")
    try:
        x, y = next(iter(data.DataLoader(dataset, 2)))
        assert {str(x.device), str(y.device), str(dataset[0][0].device)} == {"reference"}
        assert x.sum().item() > 0
        batches = list(data.DataLoader(np.arange(3), 2))
        assert [str(batch[0].device) for batch in batches] == ["reference"] * 2
        assert [batch[0].tolist() for batch in batches] == [[0, 1], [2]]
    finally:
        mc.set_default_device("cpu")


def test_threads_may_share_a_loader():
    loader = data.DataLoader(data.SyntheticDigits(200), 16, num_workers=2)
    counts = []

    def walk():
        counts.append(sum(len(y) for _, y in loader))

    threads = [threading.Thread(target=walk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [200] * 4


def test_a_forked_process_begins_an_epoch_of_its_own(tmp_path):
    code = """
import os
loader = data.DataLoader(data.SyntheticDigits(400), 16, num_workers=2, prefetch=2)
mine = iter(loader)
next(mine)
child = os.fork()
if not child:
    assert sum(len(y) for _, y in loader) == 400
    try:
        next(mine)
    except RuntimeError as error:
        assert "[DataLoader] expects to be read by the process that began" in str(error)
    else:
        raise AssertionError("read the parent's epoch")
    del mine
    import mycel as mc
    assert mc.ones(1 << 20).sum().item() == 1 << 20
    raise SystemExit
assert sum(len(y) for _, y in mine) == 384
print(os.waitpid(child, 0)[1])
"""
    assert in_process(code, tmp_path) == "0\n"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda d: data.DataLoader(d, 0), ValueError, r"batch_size >= 1, got 0"),
        (lambda d: data.DataLoader(d, num_workers=-1), ValueError, "num_workers >= 0, got -1"),
        (lambda d: data.DataLoader(d, prefetch=0), ValueError, "prefetch >= 1, got 0"),
        (lambda d: data.DataLoader(3), TypeError, r"\[DataLoader\] expects a data set .* got int"),
        (lambda d: data.DataLoader(d, "2"), TypeError, "batch_size"),
        (lambda d: data.DataLoader(d, seed=-1), ValueError, "seed"),
        (lambda d: data.Dataset()[0], NotImplementedError, "expects a method `__getitem__`"),
    ],
)
def test_mistakes_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make(data.SyntheticDigits(3))


def test_a_subclass_may_have_a_length_of_its_own():
    class Endless(data.DataLoader):
        def __init__(self, dataset):
            super().__init__(dataset)
            self.steps = 7

        def __len__(self):
            return self.steps

    assert len(Endless(mc.arange(3))) == 7
