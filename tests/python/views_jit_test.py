"""Views as arguments and results of compiled functions."""

import threading

import pytest

import mycel as mc

# --- arguments -----------------------------------------------------------------------------------


def test_mini_batches_as_slices_are_one_compilation():
    data = mc.arange(48, dtype=mc.float32).reshape(12, 4)

    @mc.jit
    def total(batch):
        return (batch * 2).sum()

    for i in range(0, 12, 3):
        assert total(data[i : i + 3]).item() == data[i : i + 3].sum().item() * 2
    assert total.compilations == 1
    assert "f32[3,4]" in total.lower(data[:3]) and "f32[12,4]" not in total.lower(data[:3])


def test_a_mini_batch_that_is_written_is_written_in_its_base():
    data = mc.zeros(4, 2)

    @mc.jit
    def write(batch, value):
        batch += value
        batch[0] *= 2

    for i in range(4):
        write(data[i : i + 1], mc.tensor(float(i)))
    assert data.tolist() == [[0, 0], [2, 2], [4, 4], [6, 6]]
    assert write.compilations == 1


VIEWS = {
    "row": lambda x: x[1],
    "column": lambda x: x[:, 1],
    "steps": lambda x: x[::2],
    "transpose": lambda x: x.T,
    "reshape": lambda x: x.view(-1),
    "view of a view": lambda x: x[1:][0],
    "detached": lambda x: x.detach(),
    "data": lambda x: x.data[1:],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_written_argument_is_written_through_its_views_to_the_base(view):
    def write(v):
        v *= 10
        return v + 1

    x, expected = (mc.arange(6, dtype=mc.float32).reshape(3, 2) for _ in range(2))
    other = x.view(-1)
    result = mc.jit(write)(view(x))
    right = write(view(expected))
    assert result.tolist() == right.tolist()
    assert x.tolist() == expected.tolist()
    assert other.tolist() == expected.view(-1).tolist()


def test_arguments_that_share_what_is_written_see_the_write():
    @mc.jit
    def write(a, b):
        a += 10
        return b * 2

    x = mc.tensor([1.0, 2, 3])
    assert write(x[:2], x[1:]).tolist() == [24, 6]
    assert x.tolist() == [11, 12, 3]
    x = mc.tensor([1.0, 2, 3])
    assert write(x[1:], x[:2]).tolist() == [2, 24]
    assert write.compilations == 2  # another way of sharing
    y = mc.tensor([5.0, 6, 7])
    assert write(y[:2], y[1:]).tolist() == [32, 14]
    assert write(mc.tensor([1.0, 2]), y[1:]).tolist() == [32, 14]
    assert write.compilations == 3  # and without sharing
    assert write(y[:2], x[1:]).tolist() == [24, 26]
    assert write.compilations == 3


def test_a_base_and_its_view_as_arguments_see_each_others_writes():
    @mc.jit
    def write(base, view):
        view += 1
        base *= 2
        return view * 1

    x = mc.ones(2, 2)
    assert write(x, x[0]).tolist() == [4, 4]
    assert x.tolist() == [[4, 4], [2, 2]]


def test_sharing_that_is_only_read_compiles_nothing_anew():
    @mc.jit
    def add(a, b):
        return a + b

    x = mc.arange(4, dtype=mc.float32)
    assert add(x[:2], x[1:3]).tolist() == [1, 3]
    assert add(x[:2], x[2:]).tolist() == [2, 4]
    assert add(mc.zeros(2), x[:2]).tolist() == [0, 1]
    assert add.compilations == 1


def test_bases_of_other_types_are_other_compilations():
    @mc.jit
    def write(a, b):
        a += 1
        return b * 1

    x, y = mc.zeros(3), mc.zeros(5)
    assert write(x[:2], x[1:3]).tolist() == [1, 0]
    assert write(y[:2], y[1:3]).tolist() == [1, 0]
    assert y.tolist() == [1, 1, 0, 0, 0]
    assert write.compilations == 2


def test_two_pairs_that_share_are_told_from_four_that_share():
    @mc.jit
    def write(a, b, c, d):
        a += 1
        c += 10
        return b + d

    x, y = mc.zeros(2), mc.zeros(2)
    assert write(x, x.view(-1), y, y.view(-1)).tolist() == [11, 11]
    z = mc.zeros(2)
    assert write(z, z.view(-1), z.view(2), z.view(-1)).tolist() == [22, 22]
    assert z.tolist() == [11, 11]


def test_a_tensor_and_its_data_as_arguments_are_one_tensor():
    @mc.jit
    def write(p, data):
        data += 1
        return p * 2

    p = mc.ones(2, requires_grad=True)
    result = write(p, p.data)
    assert result.tolist() == [4, 4] and p.tolist() == [2, 2]
    result.sum().backward()
    assert p.grad.tolist() == [2, 2]


@pytest.mark.parametrize("written", ["argument", "outer"])
def test_an_argument_that_is_a_view_of_an_outer_tensor_sees_its_writes(written):
    outer = mc.zeros(3)

    @mc.jit
    def write(a):
        target = a if written == "argument" else outer[1:]
        target += 1
        return a.sum() + outer.sum() * 10

    assert write(outer[1:]).item() == 22
    assert outer.tolist() == [0, 1, 1]
    assert write(mc.zeros(2)).item() == (22 if written == "argument" else 40)
    assert write(outer[1:]).item() == (44 if written == "argument" else 66)
    assert outer.tolist() == ([0, 2, 2] if written == "argument" else [0, 3, 3])
    assert write.compilations == 2


def test_an_outer_tensor_as_its_own_argument_is_one_tensor():
    outer = mc.zeros(2)

    @mc.jit
    def write(a):
        a += 1
        return outer * 1

    assert write(outer).tolist() == [1, 1]
    assert write(mc.zeros(2)).tolist() == [1, 1]
    assert write(outer).tolist() == [2, 2]


def test_gradients_pass_through_views_as_arguments():
    @mc.jit
    def f(a, b):
        a *= 3
        return (a * b).sum()

    def gradient(call):
        x = mc.tensor([1.0, 2, 3], requires_grad=True)
        y = x * 1
        call(y[:2], y[1:]).backward()
        return x.grad.tolist()

    def eager(a, b):
        a *= 3
        return (a * b).sum()

    assert gradient(f) == gradient(eager)


def test_a_view_of_a_leaf_is_not_written_where_gradients_are_recorded():
    @mc.jit
    def write(v):
        v += 1

    @mc.jit
    def write_without(v):
        with mc.no_grad():
            v += 1

    p = mc.zeros(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"write to it inside mc\.no_grad\(\)"):
        write(p[:1])
    assert p.tolist() == [0, 0]
    with mc.no_grad():
        view = p[:1]
    write_without(view)
    assert p.tolist() == [1, 0]
    write(p.data[1:])
    assert p.tolist() == [1, 1]
    assert p.is_leaf and p.requires_grad


def test_an_expanded_view_is_not_written_in_a_compiled_call():
    @mc.jit
    def write(x):
        x += 1

    base = mc.zeros(1, 3)
    with pytest.raises(RuntimeError, match=r"several positions are one element of its base"):
        write(base.expand(2, 3))
    assert base.tolist() == [[0, 0, 0]]


def test_a_view_whose_base_no_name_holds_is_an_argument_like_others():
    @mc.jit
    def write(x):
        x += 1
        return x * 2

    view = mc.zeros(4)[1:3]
    assert write(view).tolist() == [2, 2]
    assert view.tolist() == [1, 1]


def test_threads_that_write_views_of_one_base_lose_nothing():
    base = mc.zeros(2, 300_000)

    @mc.jit
    def write(row):
        row += 1

    def work(row):
        for _ in range(20):
            write(row)

    threads = [threading.Thread(target=work, args=(base[i % 2],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (base == 40).all().item()


@pytest.mark.parametrize("write", [lambda v: v.tanh_(), lambda v: v.fill_(7)])
def test_a_reshape_that_copies_is_no_view_of_an_argument(write):
    def f(a):
        v = a.reshape(9, 5)
        write(v)
        return v + 0

    compiled = mc.jit(f)
    for make in (lambda: mc.ones(5, 9), lambda: mc.ones(9, 5).T, lambda: mc.ones(5, 18)[:, ::2]):
        expected, got = make(), make()
        result = f(expected)
        assert compiled(got).tolist() == result.tolist()
        assert got.tolist() == expected.tolist()


# --- results -------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("of", ["argument", "outer"])
def test_a_result_that_is_a_view_is_connected(view, of):
    x, expected = (mc.arange(6, dtype=mc.float32).reshape(3, 2) for _ in range(2))
    function = mc.jit(view) if of == "argument" else mc.jit(lambda: view(x))
    for _ in range(2):
        result = function(x) if of == "argument" else function()
        right = view(expected)
        result += 1
        right += 1
        assert x.tolist() == expected.tolist()
        x[1] = 7
        expected[1] = 7
        assert result.tolist() == right.tolist()
    assert function.compilations == 1


def test_a_result_that_is_an_argument_or_an_outer_tensor_is_that_tensor():
    outer = mc.zeros(2)

    @mc.jit
    def f(x):
        x += 1
        return {"x": x, "outer": outer, "new": x * 2}

    x = mc.zeros(2)
    result = f(x)
    assert result["x"] is x and result["outer"] is outer
    assert result["new"].tolist() == [2, 2]


def test_results_that_share_a_base_are_connected():
    @mc.jit
    def f(x):
        y = x * 2
        z = x * 3
        return y, y[0], y, z[:2], z[1:]

    y, row, again, start, rest = f(mc.ones(3))
    assert again is y
    row += 5
    assert y.tolist() == [7, 2, 2]
    start[1] = 9
    assert rest.tolist() == [9, 3]


def test_a_result_that_is_a_view_shows_what_the_call_wrote():
    @mc.jit
    def f(x):
        head = x[:1]
        x *= 2
        return head

    x = mc.ones(2)
    head = f(x)
    assert head.tolist() == [2]
    head += 1
    assert x.tolist() == [3, 2]


def test_gradients_pass_through_results_that_are_views():
    @mc.jit
    def f(x):
        y = x * x
        return y, y[1:], x[:1]

    x = mc.tensor([1.0, 2, 3], requires_grad=True)
    y, rest, head = f(x)
    (y.sum() + (rest * 10).sum() + (head * 100).sum()).backward()
    assert x.grad.tolist() == [102, 44, 66]


def test_arguments_may_share_several_bases():
    @mc.jit
    def increment(*parts):
        for part in parts:
            part += 1

    bases = [mc.zeros(4) for _ in range(5)]
    increment(*[part for base in bases for part in (base[:2], base[1:])])
    assert all(base.tolist() == [1, 2, 1, 1] for base in bases)


def test_many_arguments_some_of_which_are_one_tensor():
    xs = [mc.zeros(2) for _ in range(100)]

    @mc.jit
    def increment(parts):
        for part in parts:
            part += 1

    for _ in range(2):
        increment(xs + xs[::3])
    increment([x[:1] for x in xs] + xs[:50])
    assert increment.compilations == 2
    for i, x in enumerate(xs):
        each = 2 * (1 + (i % 3 == 0))
        assert x.tolist() == [each + 1 + (i < 50), each + (i < 50)]
