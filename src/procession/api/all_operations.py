"""Importing this declares every operation; whoever assembles the server does."""

import importlib
import pkgutil

from procession import api

for _module in pkgutil.iter_modules(api.__path__):
    if _module.name not in ("all_operations", "endpoint", "reading"):
        importlib.import_module(f"{api.__name__}.{_module.name}")
