"""How much a file may hold, and how much reading it may take."""

from __future__ import annotations

MAX_BYTES = 50_000_000
MAX_SENTENCES = 1_000_000  # of a file; each takes 300 bytes once it is read
SMALL_BYTES = 200_000  # no text up to this size takes long to read
MEMORY_BYTES = 1_000_000_000
CPU_SECONDS = 20
WALL_SECONDS = 25.0
OUTPUT_BYTES = 150_000_000
# Reading pictures of pages takes more; it is done only where the package for it is installed.
OCR_MEMORY_BYTES = 2_500_000_000
OCR_CPU_SECONDS = 120
OCR_PAGES_SECONDS = 90.0  # of processor time, after which no further page is begun
OCR_WALL_SECONDS = 150.0
