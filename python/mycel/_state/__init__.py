"""Optimiser state in a trace: its numbers become operands that each call reads again."""

from mycel import _core
from mycel._state.number import Number
from mycel._state.open_states import Arithmetic, OpenStates, StateCreatedError
from mycel._state.state import State

__all__ = ["Arithmetic", "Number", "OpenStates", "State", "StateCreatedError"]

_core.set_state_types(State, Number)
