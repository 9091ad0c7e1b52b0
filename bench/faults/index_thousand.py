"""Index articles made of SQuADShifts paragraphs, interrupt it twice, go on, and measure.

The first interruption is Ctrl-C, the second kill -9. Prints rows a second of the last, whole run
of a new library, the bytes on the disk, and whether nothing was lost or encoded twice.

python bench/faults/index_thousand.py DATA [--articles 1000] [--encoder NAME | --bag-of-words]
    DATA is the folder that holds train/squadshifts_*.jsonl.gz
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import library_faults

from index import Article, Library, SentenceTransformerEncoder, list_articles, verify

BATCH = 32


def paragraphs(data: Path, n: int) -> list[Article]:
    """Return articles of one paragraph each, all different."""
    texts: dict[str, None] = {}
    for path in sorted((data / "train").glob("squadshifts_*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                texts[record.get("context") or record["text"]] = None
                if len(texts) == n:
                    return _made(list(texts))
    raise SystemExit(f"{data} must hold {n} paragraphs, got {len(texts)}")


def _made(texts: list[str]) -> list[Article]:
    return [
        Article.from_text(t, source=f"paragraph-{i}", language="en") for i, t in enumerate(texts)
    ]


def add_all(folder: Path, articles: list[Article], encoder) -> int:
    """Add articles in batches; return how many were new."""
    n_added = 0
    with Library(folder, encoder) as library:
        for start in range(0, len(articles), BATCH):
            n_added += library.add(articles[start : start + BATCH]).n_added
    return n_added


def main() -> None:
    """Run it and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--encoder")
    parser.add_argument("--bag-of-words", action="store_true")
    parser.add_argument("--child", type=Path)
    options = parser.parse_args()
    articles = paragraphs(options.data, options.articles)
    named = SentenceTransformerEncoder(options.encoder)
    encoder = library_faults.ENCODER if options.bag_of_words else named
    if options.child:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
        add_all(options.child, articles, encoder)
        return
    root = Path(tempfile.mkdtemp(prefix="thousand-"))
    start = time.perf_counter()
    add_all(root / "whole", articles, encoder)
    seconds = time.perf_counter() - start
    kept = []
    for stop in (signal.SIGINT, signal.SIGKILL):
        command = [sys.executable, __file__, *sys.argv[1:], "--child", str(root / "stopped")]
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        share = (len(kept) + 1) / 3
        while child.poll() is None and _n_kept(root / "stopped") < share * len(articles):
            time.sleep(0.01)
        child.send_signal(stop)
        child.wait()
        kept.append(_n_kept(root / "stopped"))
        if not 0 < kept[-1] < len(articles):
            raise SystemExit(f"the run must be stopped half way, got {kept[-1]} articles kept")
    n_added = add_all(root / "stopped", articles, encoder)
    whole, stopped = (list_articles(root / name) for name in ("whole", "stopped"))
    if {h.id for h in whole} != {h.id for h in stopped} or verify(root / "stopped"):
        raise SystemExit("the interrupted library must be as the other, and is not")
    if n_added != len(articles) - kept[-1]:
        raise SystemExit(f"{len(articles) - kept[-1]} articles were left, got {n_added} added")
    n_rows = sum(len(a.sentences) for a in articles)
    sizes = {
        name: sum(p.stat().st_size for p in (root / "whole").rglob(name) if p.is_file())
        for name in ("*", "library.db")
    }
    print(
        f"{len(articles)} articles, {n_rows} sentences: {seconds:.1f} s, "
        f"{n_rows / seconds:.0f} sentences/s; {sizes['*'] / 1e6:.1f} MB on the disk, of which "
        f"library.db {sizes['library.db'] / 1e6:.1f}; stopped by Ctrl-C with {kept[0]} articles "
        f"kept and by kill -9 with {kept[1]}; the rest was added, none twice"
    )
    shutil.rmtree(root)


def _n_kept(folder: Path) -> int:
    """Return how many articles the database holds, without its lock."""
    import sqlite3

    if not (folder / "library.db").exists():
        return 0
    connection = sqlite3.connect(f"file:{folder / 'library.db'}", uri=True)
    try:
        return connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    except sqlite3.Error:
        return 0
    finally:
        connection.close()


if __name__ == "__main__":
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    main()
