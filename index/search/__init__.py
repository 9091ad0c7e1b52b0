"""What a search runs over: BM25, vectors and the vocabulary."""
