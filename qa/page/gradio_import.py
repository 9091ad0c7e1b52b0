"""Gradio imported without the stub files that it writes, for editors, at every import.

To write them it parses the source of each of its components: 1.4 of 2.8 seconds of processor time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_WRITER = "gradio.component_meta"


class _WithoutWriter(MetaPathFinder):
    """Finds the module that writes the stubs, and takes its function away once it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of that module; None leaves all others to the usual finders."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname == _WRITER else None
        if spec is None or spec.loader is None:
            return None
        loader: Any = spec.loader
        load = loader.exec_module

        def exec_module(module: Any) -> None:
            load(module)
            module.create_or_modify_pyi = lambda *_: None

        loader.exec_module = exec_module
        return spec


@contextmanager
def no_stubs() -> Iterator[None]:
    """Import Gradio inside, for the first time, and it writes no stubs."""
    finder = _WithoutWriter()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
