"""Finds which of Python's state the traced code can read, so that a compiled call guards it.

The bytecode of each called function is interpreted once with sets of objects in the place of
values: a global, a closure variable or an argument is the object that it is now, an attribute is
that object's attribute, a constant key leads to the item under it. Code that iterates over a
container, or indexes it by a value, reads all of its items. Nothing is executed, and nothing that
the code does not name is looked at.
"""

from mycel._reads.reads import Reads

__all__ = ["Reads"]
