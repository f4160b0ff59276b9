"""The CPU memory that arrays and compiled functions hold, in bytes.

Example:
    >>> mc.memory.reset_peak()
    >>> x = mc.zeros(1000, 1000)
    >>> mc.memory.peak() >= mc.memory.allocated() >= 4_000_000
    True
"""

from mycel import _core

__all__ = ["allocated", "cached", "peak", "release", "reset_peak"]


def allocated() -> int:
    """The bytes of live arrays and working memory.

    Example:
        >>> before = mc.memory.allocated()
        >>> x = mc.zeros(1000, 1000)
        >>> mc.memory.allocated() - before >= 4_000_000
        True
    """
    return _core.memory_allocated()


def cached() -> int:
    """The unused bytes that are kept for later arrays.

    Example:
        >>> x = mc.zeros(1000, 1000)
        >>> del x
        >>> mc.memory.cached() >= 4_000_000
        True
    """
    return _core.memory_cached()


def peak() -> int:
    """The most bytes that were allocated at once since the last `reset_peak`, or the start.

    Example:
        >>> x = mc.zeros(1000, 1000)
        >>> del x
        >>> mc.memory.peak() >= 4_000_000
        True
    """
    return _core.memory_peak()


def reset_peak() -> None:
    """Resets `peak` to the current allocation.

    Example:
        >>> mc.memory.reset_peak()
        >>> mc.memory.peak() == mc.memory.allocated()
        True
    """
    _core.reset_memory_peak()


def release() -> None:
    """Returns unused memory to the system: cached blocks and the arenas of compiled functions.

    Example:
        >>> mc.memory.release()
        >>> mc.memory.cached()
        0
    """
    _core.release_memory()
