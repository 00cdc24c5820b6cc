"""The kinds, one file each. A file that lies here is a kind of the site: there is no list to add it to.

A kind imports what it extends, never another kind; nothing outside this folder names one.
"""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
