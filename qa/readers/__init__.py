"""Readers: from a question and its passages to an answer and its evidence."""
