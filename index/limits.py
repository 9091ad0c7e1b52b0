"""How much a file may hold, and how much reading it may take."""

from __future__ import annotations

MAX_BYTES = 50_000_000
MEMORY_BYTES = 1_000_000_000
CPU_SECONDS = 20
WALL_SECONDS = 25.0
OUTPUT_BYTES = 400_000_000  # JSON writes a character outside ASCII as six or twelve bytes
