"""Where the paragraphs and sentences of a text are, its words, its dates and its language."""
