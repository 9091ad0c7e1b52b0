"""Files and pages of the web become articles: a module for each format, run in a sandbox."""
