"""Models by name: a folder, or a name on the hub, from which a model is downloaded once."""

from __future__ import annotations

from pathlib import Path

_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]  # neither pickles nor code


def model_folder(name_or_path: str) -> Path:
    """Return the folder of a model's files.

    Raises:
        OSError: there is no such folder and no such model within reach.
    """
    if Path(name_or_path).is_dir():
        return Path(name_or_path)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name_or_path, allow_patterns=_FILES))
    except Exception as error:  # the hub's client has a dozen kinds, from network to naming
        raise OSError(
            f"must be a folder or the name of a model that can be fetched, got {name_or_path!r}; "
            "download it once, or leave the option out"
        ) from error


def downloaded_file(name: str, filename: str) -> Path | None:
    """Return a file of a model on the hub, if the hub's client has it in its cache."""
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(name, filename)
    return Path(path) if isinstance(path, str) else None
