"""Special methods that a compiled function calls."""

from state_programs import Programs

program = Programs()


@program
def call():

    class C:
        def __call__(self, x):
            return x

    _kept = C.__call__
    c = C()
    yield lambda x: c(x)
    yield 1, 1
    C.__call__ = lambda self, x: x * 2.0
    yield 2, 2


@program
def length():

    class C:
        def __len__(self):
            return 1

    _kept = C.__len__
    c = C()
    yield lambda x: x * len(c)
    yield 1, 1
    C.__len__ = lambda self: 2
    yield 2, 2


@program
def item():

    class C:
        def __getitem__(self, i):
            return 1

    _kept = C.__getitem__
    c = C()
    yield lambda x: x * c[0]
    yield 1, 1
    C.__getitem__ = lambda self, i: 2
    yield 2, 2


@program
def sum_of_an_object():

    class C:
        def __add__(self, i):
            return 1

    _kept = C.__add__
    c = C()
    yield lambda x: x * (c + 1)
    yield 1, 1
    C.__add__ = lambda self, i: 2
    yield 2, 2


@program
def equality():

    class C:
        def __eq__(self, i):
            return True

    _kept = C.__eq__
    c = C()
    yield lambda x: x * (2 if c == 1 else 1)
    yield 2, 1
    C.__eq__ = lambda self, i: False
    yield 1, 2


@program
def equality_that_appears():

    class C:
        pass

    c = C()
    yield lambda x: x * (2 if c == 1 else 1)
    yield 1, 1
    C.__eq__ = lambda self, i: True
    yield 2, 2


@program
def truth_that_appears():

    class C:
        pass

    c = C()
    yield lambda x: x * (2 if c else 1)
    yield 2, 1
    C.__bool__ = lambda self: False
    yield 1, 2


@program
def context_manager():

    class C:
        def __enter__(self):
            return 1.0

        def __exit__(self, *a):
            pass

    _kept = C.__enter__
    c = C()

    def f(x):
        with c as k:
            return x * k

    yield f
    yield 1, 1
    C.__enter__ = lambda self: 2.0
    yield 2, 2


@program
def iteration():

    class C:
        def __iter__(self):
            return iter([1.0])

    _kept = C.__iter__
    c = C()
    yield lambda x: x * sum(c)
    yield 1, 1
    C.__iter__ = lambda self: iter([2.0])
    yield 2, 2


@program
def membership():

    class C:
        def __contains__(self, k):
            return False

    _kept = C.__contains__
    c = C()
    yield lambda x: x * (2 if 1 in c else 1)
    yield 1, 1
    C.__contains__ = lambda self, k: True
    yield 2, 2


@program
def getattr_method():

    class C:
        def __getattr__(self, n):
            return 1.0

    _kept = C.__getattr__
    c = C()
    yield lambda x: x * c.k
    yield 1, 1
    C.__getattr__ = lambda self, n: 2.0
    yield 2, 2


@program
def getattribute_method():

    class C:
        def __getattribute__(self, n):
            return 1.0

    _kept = C.__getattribute__
    c = C()
    yield lambda x: x * c.k
    yield 1, 1
    C.__getattribute__ = lambda self, n: 2.0
    yield 2, 2


@program
def descriptor_with_a_computed_name():

    class D:
        def __set_name__(self, o, n):
            self.n = "_" + n

        def __get__(self, o, t):
            return getattr(o, self.n)

        def __set__(self, o, v):
            setattr(o, self.n, v)

    class C:
        k = D()

    c = C()
    c.k = 1.0
    yield lambda x: x * c.k
    yield 1, 1
    c.k = 2.0
    yield 2, 2


test_a_change_of_state_is_seen = program.test()
