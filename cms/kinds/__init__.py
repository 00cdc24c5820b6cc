"""The kinds of items, one file each. Every file in this folder is a kind: there is no list to add it to.

A kind imports what it extends, never another kind. Nothing outside this folder names a kind.
"""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
