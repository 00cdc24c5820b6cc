"""Lua scripts for Redis. Each is a file in the folder ``lua`` beside the module that runs it."""

from __future__ import annotations

import json
from pathlib import Path


def load(module: str, *names: str, **constants: str | int) -> str:
    """The constants, followed by the text of the files.

    Args:
        module: the ``__file__`` of the module beside the folder.
        names: the files' names without extension.
        constants: names and values of Lua variables.
    """
    folder = Path(module).parent / "lua"
    given = [f"local {name} = {json.dumps(value)}" for name, value in constants.items()]
    return "\n".join([*given, *((folder / f"{name}.lua").read_text(encoding="utf-8") for name in names)])
