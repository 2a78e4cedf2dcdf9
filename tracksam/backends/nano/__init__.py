"""nano: the segmenter and detector that ships inside the package."""

from tracksam.backends.nano.backend import Nano

__all__ = ["Nano"]
