"""A language model rewords what an answer quotes, and each of its sentences is checked before it is shown."""
