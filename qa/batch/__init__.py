"""Question files: read, answered as records, and resumed where a run was stopped."""
