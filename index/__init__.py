"""Text becomes searchable: articles, sentences, passages, vectors and the index over them.

The public names stand in ``__init__.pyi``; a module is imported once one of its names is used.
"""

from index.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
