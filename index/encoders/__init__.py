"""Texts become vectors: the encoders, and the articles encoded by them."""
