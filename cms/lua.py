"""Scripts for Redis. They lie in a folder ``lua`` beside the module that runs them, a file each."""

from __future__ import annotations

import json
from pathlib import Path


def load(module: str, *names: str, **constants: str | int) -> str:
    """The text of these files, one after the other, with the constants before them.

    Args:
        module: the ``__file__`` of the module that they lie beside.
        names: the files' names without their ending.
        constants: names and values of Lua's variables.
    """
    folder = Path(module).parent / "lua"
    given = [f"local {name} = {json.dumps(value)}" for name, value in constants.items()]
    return "\n".join([*given, *((folder / f"{name}.lua").read_text(encoding="utf-8") for name in names)])
