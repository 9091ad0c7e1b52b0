"""How much a file may hold, and how much reading it may take."""

from __future__ import annotations

MAX_BYTES = 50_000_000
MAX_SENTENCES = 1_000_000  # of a file; each takes 300 bytes once it is read
SMALL_BYTES = 200_000  # a plain text up to this size cannot take long, whatever it says
MEMORY_BYTES = 1_000_000_000
CPU_SECONDS = 20
WALL_SECONDS = 25.0
OUTPUT_BYTES = 150_000_000
