"""State of optimisers under a trace: its numbers become operands that every call reads anew."""

from mycel import _core
from mycel._state.number import Number
from mycel._state.open_states import Arithmetic, OpenStates, StateCreatedError
from mycel._state.state import State

__all__ = ["Arithmetic", "Number", "OpenStates", "State", "StateCreatedError"]

_core.set_state_types(State, Number)
