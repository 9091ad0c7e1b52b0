"""Files and pages of the web become articles: one reader for each form, run in a sandbox."""
