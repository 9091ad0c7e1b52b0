"""Articles in the frameworks that people use; each file needs the extra of its name."""
