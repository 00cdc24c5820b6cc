"""The kinds of items, one module each. Every module in this folder is a kind; no list has to name it.

A kind imports what it extends, but never another kind. Nothing outside this folder names a kind.
"""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
