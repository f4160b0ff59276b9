"""Attribute reads of modules, classes and objects, with their guards."""

from __future__ import annotations

import threading
from collections import deque
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

from mycel import _core
from mycel._reads.items import COMPUTED, Items
from mycel._reads.kinds import (
    CONTAINERS,
    MISSING,
    class_name,
    class_value,
    has_own_attributes,
    is_array_type,
    is_library,
    is_made_by_statement,
    is_standard,
    module_of,
    type_attribute,
    values_under,
)
from mycel._reads.values import (
    NONE,
    Instance,
    Made,
    Objects,
    Within,
    dict_of,
    is_c_descriptor,
    is_proxy,
    kind_of,
    matters,
    of_each_class,
    of_each_part,
    referent,
    union,
    unwrapped,
    with_own_operators,
)
from mycel._slots import slot_names

_SHAPE = frozenset({"dtype", "format", "itemsize", "nbytes", "ndim", "shape", "size", "strides"})


class Attributes(Items):
    """Resolves attribute reads to their possible values and guards each read."""

    def __init__(self) -> None:
        super().__init__()
        self._named_within: dict[tuple[Within, str], Objects] = {}

    def forget(self) -> None:
        """Releases the program's objects."""
        super().forget()
        self._named_within.clear()

    def attribute(self, objects: Objects, name: str) -> Objects:
        """Returns the possible values of `x.name`."""
        found: dict[int, Any] = {}
        for each in objects.values():
            if isinstance(each, Within):
                found.update(self._attribute_within(each, name))
                found.update(self.under(each, name))
                continue
            value = self._attribute(each, name)
            if value is not MISSING and matters(value):
                text = f"attribute {name} of {self.name(each)}"
                self.know(value, text, self._is_free(each) and not self._is_of_class(each, name))
                found[id(value)] = value
            stored = self.places(each)
            if name in stored:
                found.update(self.under(each, name))
            elif value is MISSING and MISSING in stored and isinstance(each, Instance):
                found.update(self.under(each, MISSING))  # any object it was made from
            if COMPUTED in stored:
                found.update(self._under_computed(each, name))
            found.update(self._through_descriptor(each, name))
        return found

    def _under_computed(self, value: Any, name: str) -> Objects:
        """Returns what the code stored under an unknown name, or in `vars(x)`."""
        found = self.under(value, COMPUTED)
        for each in found.values():
            found = union(found, self.stored(each, name) if isinstance(each, Made) else NONE)
        return found

    def _attribute_within(self, around: Within, name: str) -> Objects:
        """Returns an attribute of any part of a module; cached, as there may be many parts."""
        known = self._named_within.get((around, name))
        if known is None:
            running, self.running = self.running, None  # once: later stores reach `around`
            found = self.attribute(around.members, name)
            self.running = running
            known = {key: each for key, each in found.items() if key not in around.members}
            if len(known) < len(found):
                known[id(around)] = around
            self._named_within[around, name] = known
        return known

    def _is_of_class(self, value: Any, name: str) -> bool:
        """Whether an attribute belongs to the class, and so existed before the trace."""
        if name in (dict_of(value) or ()):
            return False
        return class_value(kind_of(value), name) is not MISSING

    def _attribute(self, value: Any, name: str) -> Any:
        if is_proxy(value):
            value = referent(value)
            self.know(value, class_name(type(value)))
        if isinstance(value, ModuleType):
            return self._module_attribute(value, name)
        if isinstance(value, type):
            return self._class_attribute(value, name)
        if isinstance(value, _core.Tensor):  # its class holds no Python state
            if class_value(type(value), name) is MISSING and self._guards(value):
                self.guard_own(value, name)
            return (dict_of(value) or {}).get(name, MISSING)
        if is_array_type(type(value)) and name not in (dict_of(value) or ()):
            self._array_shape(value, name) if name in _SHAPE else self._array(value)
            return MISSING
        return self._instance_attribute(value, name)

    def _module_attribute(self, module: ModuleType, name: str) -> Any:
        own = dict_of(module) or {}
        if not is_standard(module.__name__) and self._first("item", id(own), name):
            _core.guard_item(own, name, f"{module.__name__}.{name}")
        return own.get(name, MISSING)

    def _class_attribute(self, kind: type, name: str) -> Any:
        self.guard_class(kind, name)
        found = class_value(kind, name)
        if type(kind) is not type:
            self.guard_class(type(kind), name)
            found = class_value(type(kind), name) if found is MISSING else found
        return unwrapped(found)

    def _instance_attribute(self, value: Any, name: str) -> Any:
        kind = kind_of(value)
        of_class, own = class_value(kind, name), dict_of(value)
        if isinstance(value, _core.Guarded):  # its reads are recorded as they happen
            if name == "param_groups":
                self._open_options(value)
            found = (own or {}).get(name, MISSING)
            return unwrapped(of_class) if found is MISSING else found
        if isinstance(value, threading.local):  # attributes differ per thread
            if self._first("thread local", id(value), name):
                text = f"attribute {name} of {self.name(value)}"
                _core.guard_given("thread local", value, name, text)
            return getattr(value, name, MISSING)
        self.guard_type(value)
        if is_c_descriptor(of_class) and name != "__dict__":
            return self._described(value, name, of_class)
        if own is not None and not hasattr(type(of_class), "__set__"):
            if self._guards(value):
                self.guard_own(value, name)
            if name in own:
                return own[name]
        self.guard_class(kind, name)
        return unwrapped(of_class)

    def _described(self, value: Any, name: str, descriptor: Any) -> Any:
        """Returns the value of a C descriptor, such as a slot."""
        if isinstance(value, Instance):
            return MISSING
        if self._guards(value) and self._first("slot", id(value), name):
            text = f"attribute {name} of {self.name(value)}"
            _core.guard_slot(value, name, text)
        try:
            found = descriptor.__get__(value)
            fresh = descriptor.__get__(value) is not found
        except AttributeError:
            return MISSING
        return self.same(value, name, found) if fresh and matters(found) else found

    def _through_descriptor(self, value: Any, name: str) -> Objects:
        """Returns any attribute for a getter that is not followed, such as an enumeration's."""
        kind = kind_of(value)
        if issubclass(kind, (type, ModuleType)) or is_library(module_of(kind)):
            return NONE
        descriptor = class_value(kind, name)
        if isinstance(descriptor, _FUNCTIONS) or not hasattr(type(descriptor), "__get__"):
            return NONE
        if name in (dict_of(value) or ()) and not hasattr(type(descriptor), "__set__"):
            return NONE
        getter = getattr(descriptor, "fget", None)
        if isinstance(getter, FunctionType) and not _core.is_library_code(getter.__code__):
            return NONE
        if not is_standard(module_of(type(descriptor))) or is_c_descriptor(descriptor):
            return NONE
        self.know(descriptor, class_name(type(descriptor)))
        for part in (dict_of(descriptor) or {}).values():
            self.know(part, class_name(type(descriptor)))
        return self.own_values({id(value): value})

    def own_values(self, objects: Objects) -> Objects:
        """Guards all attributes in the objects' `__dict__`; returns the values that matter."""
        found: dict[int, Any] = {}
        for each in objects.values():
            for name, value in (dict_of(each) or {}).items():
                if self._guards(each) and not isinstance(each, _core.Guarded):
                    self.guard_own(each, name)
                if matters(value):
                    text = f"attribute {name} of {self.name(each)}"
                    self.know(value, text, self._is_free(each))
                    found[id(value)] = value
        return found

    def library_state(self, objects: Objects) -> None:
        """Guards the state that methods of standard-library objects may read."""
        pending = [each for each in objects.values() if _is_of_library(each)]
        seen: set[int] = set()
        while pending:
            each = pending.pop()
            if id(each) in seen:
                continue
            seen.add(id(each))
            for part in self.own_values({id(each): each}).values():
                if _is_of_library(part):
                    pending.append(part)
                elif isinstance(part, (list, deque)):
                    self.everything({id(part): part})

    def guard_class(self, kind: type, name: str) -> None:
        """Guards an attribute of a class, or its absence."""
        if not is_standard(module_of(kind)) and self._first("class", id(kind), name):
            _core.guard_class(kind, name)

    def guard_type(self, value: Any) -> None:
        """Guards the class of an object, if Python code can change it."""
        if isinstance(value, (type, _core.Tensor)):
            return
        assignable = type_attribute(type(value), "__flags__") & 1 << 9
        if assignable and self._guards(value) and self._first("type", id(value)):
            _core.guard_given("type", value, None, f"the class of {self.name(value)}")

    def guard_answer(self, question: str, value: Any, kind: type) -> None:
        """Guards whether an object is an instance, or subclass, of an abstract class."""
        if isinstance(value, _core.Tensor):
            return
        if isinstance(value, Instance):
            question, value = "subclass", value.kind
        asked = self._guards(value) or isinstance(value, type)
        if asked and self._first(question, id(value), id(kind)):
            text = f"whether {self.name(value)} is of the class {class_name(kind)}"
            _core.guard_given(question, value, kind, text)

    def guard_order(self, kind: Any) -> None:
        """Guards the bases of a class."""
        if not isinstance(kind, type) or is_standard(module_of(kind)):
            return
        if self._first("order", id(kind)):
            _core.guard_slot(kind, "__mro__", f"the bases of {class_name(kind)}")

    def inherited(self, objects: Objects, name: str) -> Objects:
        """Returns the possible values of `super().name`: those of any class of the objects."""
        found: dict[int, Any] = {}
        for each in of_each_class(objects).values():
            kind = each if isinstance(each, type) else kind_of(each)
            for base in type.__getattribute__(kind, "__mro__"):
                self.guard_class(base, name)
            for _, value in values_under(kind, name):
                self.know(unwrapped(value), name)
                if matters(unwrapped(value)):
                    found[id(unwrapped(value))] = unwrapped(value)
        return found

    def own_attributes(self, objects: Objects) -> Objects:
        """Returns the dict that `vars(x)` gives."""
        found: dict[int, Any] = {}
        for each in of_each_part(objects).values():
            if isinstance(each, _core.Guarded):  # its reads are recorded as they happen
                made = self._attributes_of_guarded(each)
                found[id(made)] = made
                continue
            if isinstance(each, Instance):
                found[id(each)] = each  # holds what the code stored
                if not isinstance(each, Made):
                    made = self.same(each, "__dict__", Made(dict))
                    self.store({id(each): each}, COMPUTED, {id(made): made})
                    found[id(made)] = made
                continue
            own = dict_of(each)
            if isinstance(each, type):
                own = self.same(each, "__dict__", vars(each))
            if own is not None:
                self.know(own, f"the attributes of {self.name(each)}", self._is_free(each))
                found[id(own)] = own
        return found

    def _attributes_of_guarded(self, holder: Any) -> Made:
        made: Made = self.same(holder, "__dict__", Made(dict))
        for name, value in (dict_of(holder) or {}).items():
            if matters(value):
                self.know(value, f"attribute {name} of {self.name(holder)}")
                self.store({id(made): made}, name, {id(value): value})
        return made

    def any_attribute(self, objects: Objects) -> Objects:
        """Returns the possible values of `getattr(x, computed)`."""
        found: Objects = NONE
        for each in of_each_part(objects).values():
            if isinstance(each, _core.Guarded):  # the read itself is recorded
                found = union(found, self.stored(self._attributes_of_guarded(each)))
            elif not (isinstance(each, ModuleType) and is_library(each.__name__)):
                kind = each if isinstance(each, type) else kind_of(each)
                order = type.__getattribute__(kind, "__mro__")
                bases = [base for base in order if not is_library(module_of(base))]
                holders = {id(holder): holder for holder in (each, *bases)}
                found = union(found, self.all_items(self.own_attributes(holders)))
                for name in slot_names(kind):
                    found = union(found, self.attribute({id(each): each}, name))
        return found

    def all_attributes(self, objects: Objects) -> Objects:
        """Returns the objects and all that is reachable by attributes and in containers."""
        found: Objects = NONE
        fresh = objects
        while fresh:
            inside = self.everything(union(fresh, self.own_attributes(plain_objects(fresh))))
            found = union(found, fresh)
            fresh = {key: each for key, each in inside.items() if key not in found}
        return found

    def text(self, objects: Objects) -> None:
        """Guards what the text of objects shows; user functions that make it are seen as calls."""
        found: Objects = NONE
        fresh = objects
        while fresh:
            inside = self.everything(fresh)
            found = union(found, inside)
            shown = self.own_values({k: o for k, o in inside.items() if _shows_attributes(o)})
            fresh = {key: each for key, each in shown.items() if key not in found}
        self.special(with_own_operators(found), "__format__", "__str__", "__repr__")

    def tell_of_attributes(self, objects: Objects, how: str) -> None:
        """Notes that reads of attributes with unknown names are not guarded."""
        for each in plain_objects(objects).values():
            if self._guards(each):
                _core.guard_note(f"attributes of {self.name(each)} that {how} reads")

    def _open_options(self, optimizer: Any) -> None:
        """Opens the groups of an optimiser with a custom rule, which reads them directly."""
        from mycel.optim.optimizer import Optimizer

        if not isinstance(optimizer, Optimizer) or type(optimizer)._update is not Optimizer._update:
            return
        for group in (dict_of(optimizer) or {}).get("param_groups", ()):
            for name, value in group.items():
                self.know(value, f"{name} of an optimiser's group")
            self.open_state(group)


_FUNCTIONS = (type(matters), staticmethod, classmethod, type(list.append), type(object.__init__))


def _is_of_library(value: Any) -> bool:
    """Whether a value has attributes and its class is defined by the standard library."""
    kind = type(value)
    return has_own_attributes(kind) and is_made_by_statement(kind) and is_standard(module_of(kind))


_FOLLOWED = (*CONTAINERS, type, ModuleType, _core.Guarded, _core.Jit, _core.Tensor)


def _shows_attributes(value: Any) -> bool:
    """Whether an object's text shows its attributes and is not made by user code."""
    return _is_of_library(value) or isinstance(value, SimpleNamespace)


def plain_objects(objects: Objects) -> Objects:
    """Returns those objects that are plain instances of user classes."""
    return {
        key: each
        for key, each in objects.items()
        if has_own_attributes(type(each))
        and not isinstance(each, _FOLLOWED)
        and not is_array_type(type(each))
        and not is_standard(module_of(type(each)))
        and not callable(each)
    }
