"""Finds the Python state that traced code can read, so that a compiled call guards it.

This is an abstract interpretation: the bytecode of each called function is interpreted once, with
sets of objects in place of values. A global, a closure variable or an argument is its current
object, an attribute is that object's attribute, a constant key selects its item. Code that iterates
over a container, or indexes it by a value, reads all of its items. Nothing is executed, and state
that the code does not name is not examined.
"""

from mycel._reads.reads import Reads

__all__ = ["Reads"]
