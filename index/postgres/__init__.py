"""A library on PostgreSQL servers: README.md says what is where."""
