"""Texts: their paragraphs, sentences, tokens, dates and language."""
