"""State of optimisers under a trace: its numbers become operands that every call reads anew."""

from mycel import _core
from mycel._state.number import Number
from mycel._state.open_states import OpenStates, Output, StateCreatedError
from mycel._state.state import State

__all__ = ["Number", "OpenStates", "Output", "State", "StateCreatedError"]

_core.set_state_types(State, Number)
