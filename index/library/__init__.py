"""A library: a folder of articles that grows, is searched while it is written, and is repaired."""
