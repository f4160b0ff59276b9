"""How the tests pin what a mistake says: its type, its whole message, the line and the frames."""

import os

import pytest


def check(mistake, kind, message, scope=None):
    """`mistake()` raises `kind`: the message, then its own line, and no frame but the caller's.

    `scope` is what follows the line, by default the function that the line is in.
    """
    with pytest.raises(kind) as raised:
        mistake()
    assert raised.type is kind
    user = raised.traceback[1:]  # after this function's own frame
    file = mistake.__code__.co_filename
    assert [str(entry.path) for entry in user] == [file] * len(user)
    last = user[-1]
    place = f"at {os.path.relpath(file)}:{last.lineno + 1} in {scope or last.frame.code.name}"
    assert str(raised.value) == f"{message}\n  {place}"
