"""The version of the program that runs."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Return the installed version."""
    try:
        return version("article-qa")
    except PackageNotFoundError:  # run from its source, not installed
        return "source"
