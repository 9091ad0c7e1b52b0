"""What a question means: its spelling, what it points back to, and its parts."""
