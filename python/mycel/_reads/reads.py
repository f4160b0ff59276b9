"""Reads: interprets the functions that a trace calls and guards what they can read."""

from __future__ import annotations

import functools
import gc
import os
import pickle
import sys
from collections.abc import Iterable
from types import CodeType, FunctionType
from typing import Any

from mycel import _core
from mycel._reads import known
from mycel._reads.attributes import Attributes, plain_objects
from mycel._reads.body import Body
from mycel._reads.flow import Node
from mycel._reads.kinds import (
    CONTAINERS,
    MISSING,
    class_name,
    class_value,
    is_library,
    values_under,
)
from mycel._reads.known import TooMuchWorkError
from mycel._reads.values import (
    Objects,
    cache_of,
    dict_of,
    forget_classes,
    held_by,
    items_in,
    matters,
    of_each_part,
    results_of,
    unwrapped,
)
from mycel._state import Arithmetic

_MOST_CACHED = 1024  # results of one cached function that are guarded


class Reads(Attributes):
    """Interprets the code of the functions that a trace calls and guards what it can read."""

    def __init__(self) -> None:
        super().__init__()
        forget_classes()
        self.results = Node()  # what any function returns
        self.raising = Node()  # functions whose exceptions show objects
        self.imports = Node()  # modules, for code that looked for one before its import
        self.pending: dict[Body, None] = {}  # bodies to interpret again
        self._bodies: dict[CodeType, Body] = {}
        self._generators: dict[int, tuple[Any, bytes]] = {}  # with their states
        self._draws: dict[int, tuple[str, str, int]] = {}
        self._unseen = "numpy.random", "", 0  # the place of draws in code that is not followed
        self._folder = os.getcwd() + "/"
        self._started = False
        self._stopped = False  # there is too much to follow

    # --- calls ---------------------------------------------------------------------------------

    def start(self, roots: Iterable[Any]) -> None:
        """Registers the traced function and the objects among its arguments."""
        for each in roots:
            self.know(each, class_name(type(each)))

    def enter(self, code: CodeType, names: dict[str, Any], local: dict[str, Any]) -> None:
        """Handles a call of a function: interprets its code with these objects as locals."""
        if code.co_filename == names.get("__file__") and code.co_name == "<module>":
            return  # an import, which reads the module's own state
        made = local.get("_cls") if code.co_filename == "<string>" else None
        if isinstance(made, type) and is_library(made.__module__):
            return  # the `__new__` of a library's named tuple
        self._states.math.replace(names, code.co_names, self._cells_of(code))
        if not self._started:
            self._started = True
            self._watch_global_generator(code)
            for name, value in local.items():
                self._take_argument(value, name)
        fresh = code not in self._bodies
        body = self.body(code, names)
        if fresh:
            self._know_code(code, local)
        for name, value in local.items():
            if not matters(value) or (type(value) is tuple and not any(map(matters, value))):
                continue
            makes = code.co_name == "__init__" and name == code.co_varnames[0]
            self.know(value, name, free=True, made=makes)
            body.add(name, {id(value): value})
            if makes:
                self.give_back({id(value): value})
        if code.co_name == "__enter__" and code.co_varnames:
            self._foresee(local.get(code.co_varnames[0]), "__exit__")
        if any(issubclass(type(value), BaseException) for value in local.values()):
            body.read_messages()
        if self._stopped:
            self._guard_whole(local.values())
        else:
            self._settle()

    def _foresee(self, owner: Any, name: str) -> None:
        """Interprets a method ahead of its call, to guard what it reads before it is changed."""
        function = class_value(type(owner), name)
        if not isinstance(function, FunctionType) or _core.is_library_code(function.__code__):
            return
        code = function.__code__
        if not code.co_varnames:  # it takes no object
            return
        self.guard_class(type(owner), name)
        self.know(function, name)
        body = self.body(code, function.__globals__)
        for variable, each in (*held_by(function), (code.co_varnames[0], owner)):
            if matters(each) and (variable in code.co_freevars or each is owner):
                body.add(variable, {id(each): each})

    def start_import(self) -> None:
        """Handles the start of an import: the module runs outside the trace."""
        self._states.math.pause()

    def end_import(self) -> None:
        """Handles the end of an import: interprets the code that waited for the module."""
        self._states.math.resume()
        self.imports.add({id(each): each for each in list(sys.modules.values())})
        self._settle()

    def _take_argument(self, value: Any, name: str) -> None:
        """Registers argument containers: not guarded, as they are rebuilt and part of the key."""
        if id(value) in self._known or not matters(value):
            return
        fields = class_value(type(value), "__dataclass_fields__")
        if isinstance(value, CONTAINERS):
            parts: Iterable[Any] = items_in(value)
        elif fields is not MISSING:
            own = dict_of(value) or {}
            parts = [each for key, each in own.items() if key in fields]
            for key, each in own.items():
                if key not in fields:  # not rebuilt
                    self.know(each, f"attribute {key} of {name}")
        else:
            return
        self.know(value, name, made=True)
        for part in parts:
            self._take_argument(part, name)

    def body(self, code: CodeType, names: dict[str, Any]) -> Body:
        """Returns the interpretation of a function's code."""
        if code not in self._bodies:
            self._bodies[code] = Body(self, code, names)
        return self._bodies[code]

    def _settle(self) -> None:
        """Interprets to a fixed point: one body reads what another returns or stores."""
        while self.pending:
            body = next(iter(self.pending))
            try:
                body.catch_up()
            except TooMuchWorkError:
                self._stop(body)

    def _stop(self, body: Body) -> None:
        """Guards everything reached, as finding what is read takes too long."""
        self._stopped, self.running = True, None
        self.pending.clear()
        _core.guard_note(
            f"what {body.code.co_name} reads after {known.MOST_WORK} steps of its code"
        )
        self._guard_whole(list(self._known.values()))

    def _guard_whole(self, objects: Iterable[Any]) -> None:
        for each in objects:
            whole = {id(each): each}
            self.all_items(whole)
            self.own_values(plain_objects(whole))

    def give_back(self, objects: Objects) -> None:
        """Records that a function may return these objects."""
        self.results.add(objects)

    @property
    def returned(self) -> Objects:
        """The objects that any function may return."""
        return self.read(self.results)

    def give_result(self, result: Any) -> None:
        """Guards containers in the traced function's result: each call returns them as traced."""
        pending, seen = [result], set()
        while pending:
            each = pending.pop()
            if id(each) in seen or not isinstance(each, CONTAINERS):
                continue
            seen.add(id(each))
            if self._guards(each):
                self.everything({id(each): each})
            pending += items_in(each)

    def _cells_of(self, code: CodeType) -> list[Any]:
        cells = (self.cells.get((code, name)) for name in code.co_freevars)
        return [cell for cell in cells if cell is not None]

    def _know_code(self, code: CodeType, local: dict[str, Any]) -> None:
        """Finds the function of code that unfollowed code called."""
        first: Any = local.get(code.co_varnames[0]) if code.co_argcount else None
        kind = first if issubclass(type(first), type) else type(first)
        for _, found in values_under(kind, code.co_name):
            function = unwrapped(found)
            if getattr(function, "__code__", None) is code:
                self.guard_class(kind, code.co_name)
                self.know(function, code.co_name)
        missing = any((code, name) not in self.cells for name in code.co_freevars)
        if missing and self.body(code, {}).parent is None:
            for each in gc.get_referrers(code):
                if isinstance(each, FunctionType) and each.__code__ is code:
                    self.know(each, code.co_name)

    # --- the end -------------------------------------------------------------------------------

    def abandon(self) -> None:
        """Ends a failed trace: restores the states."""
        self._states.restore()
        self.forget()

    def forget(self) -> None:
        """Releases the program's objects: the bodies and this object refer to each other."""
        super().forget()
        for body in self._bodies.values():
            body.forget()
        self.results, self.raising = Node(), Node()
        for held in (self._bodies, self._generators, self.pending):
            held.clear()

    def finish(self) -> Arithmetic | None:
        """Ends the trace: warns of NumPy's random draws, returns a call's arithmetic on numbers."""
        for each, (generator, state) in self._generators.items():
            if _state_of(generator) != state:
                _core.warn_frozen(*self._draws.get(each, self._unseen))
        for function, before in self._cached:
            self._guard_cached(function, before)
        arithmetic = self._states.close()
        self.forget()
        return arithmetic

    def _guard_cached(self, function: Any, before: set[int]) -> None:
        """Guards that a cached function's results stay cached: it runs again for a missing one."""
        name = getattr(function, "__name__", "function")
        fresh = [each for each in results_of(function) if id(each) not in before]
        if _core.holds_traced(fresh):
            function.cache_clear()
            raise _core.CompileError(
                "[jit] expects state that outlives the traced call, got a traced tensor among the "
                f"results that {name} caches: leave the cache out, or make the tensor outside"
            )
        if any(matters(each) for each in fresh):  # the next trace finds them there
            _core.note_effect(f"{name} cached a result")
        table = cache_of(function)
        if len(table) > _MOST_CACHED:
            _core.guard_note(f"what the cached function {name} gave before")
            return
        for key in list(table):
            _core.guard_item(table, key, f"a result of {name}")

    # --- writes and draws ----------------------------------------------------------------------

    def wrote(self, objects: Objects, code: CodeType, line: int | None) -> None:
        """Notes that the code may change these objects at a line."""
        for each in of_each_part(objects).values():
            if self._first("wrote", id(each)):
                _core.note_write(each, f"{self.file(code)}:{line}")

    def file(self, code: CodeType) -> str:
        """Returns the file of code, relative to the current folder."""
        return code.co_filename.removeprefix(self._folder)

    def draw(self, generator: Any, name: str, code: CodeType, line: int | None) -> None:
        """Notes that the code calls a method of a random generator."""
        if id(generator) not in self._draws:
            self._generators.setdefault(id(generator), (generator, _state_of(generator)))
            owner = generator if hasattr(generator, "get_state") else generator.bit_generator
            _core.undo_by(functools.partial(_set_state, owner, _state_of(generator)))
        place = f"numpy.random.{name}", self.file(code), line or 0
        self._draws.setdefault(id(generator), place)

    def _watch_global_generator(self, code: CodeType) -> None:
        """Watches NumPy's global generator, which code that is not followed may draw from."""
        module = sys.modules.get("numpy.random.mtrand")
        if module is not None:
            self._generators[id(module._rand)] = module._rand, _state_of(module._rand)
            self._unseen = "numpy.random", self.file(code), code.co_firstlineno


def _state_of(generator: Any) -> bytes:
    """Returns a random generator's state; for a legacy one with its cached number."""
    if hasattr(generator, "get_state"):
        return pickle.dumps(generator.get_state(legacy=False))
    return pickle.dumps(generator.bit_generator.state)


def _set_state(owner: Any, state: bytes) -> None:
    if hasattr(owner, "set_state"):
        owner.set_state(pickle.loads(state))
    else:
        owner.state = pickle.loads(state)
