"""The weights of a safetensors file, memory-mapped: only what is used is read."""

from __future__ import annotations

import json
import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPES = {"I8": np.int8, "F16": np.float16, "F32": np.float32, "I64": np.int64}


def mapped_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a safetensors file by name, read only.

    Source: the layout of the file: the length of a header, the header in JSON, then the arrays.
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))[8 + size :]
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(data[slice(*of["data_offsets"])], _DTYPES[of["dtype"]]).reshape(
            of["shape"]
        )
        for name, of in header.items()
    }
