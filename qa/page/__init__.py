"""The web page without its web framework: what it shows, and what it does when a person acts."""
