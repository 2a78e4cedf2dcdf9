"""Whether a TIFF file is as long as its directories say.

tifffile gives the pages and tags that it can read, and says nothing about the others: a file that
was cut off would be a shorter movie.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from tracksam.errors import ReadError

if TYPE_CHECKING:
    import tifffile

# Bytes of a value of each type of tag (TIFF 6.0, section 2; BigTIFF adds 16 to 18).
_VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_VALUE_BYTES |= {13: 4, 16: 8, 17: 8, 18: 8}


def missing_byte(tif: tifffile.TiffFile) -> int | None:
    """Return how long a file would have to be for the first directory or tag that it lacks.

    Parameters
    ----------
    tif : tifffile.TiffFile
        Open. All its directories are read, no pixels.

    Returns
    -------
    int or None
        Bytes; None where nothing is missing.

    Raises
    ------
    ReadError
        The directories lead in a circle, or overlap: they have more bytes than the file. Reading
        each of them would never end, or take hours.
    """
    layout, handle = tif.tiff, tif.filehandle
    if tif.is_ndpi:
        return None  # its directories are not as TIFF has them
    seen: set[int] = set()
    n_bytes = 0
    # The first directory's offset lies after the byte order, the version and, in BigTIFF, its size.
    at = 8 if layout.is_bigtiff else 4
    while True:
        offset = _unpacked(handle, layout.offsetformat, at)
        if offset is None:
            return at + layout.offsetsize
        if offset == 0:
            return None
        if offset in seen:
            raise ReadError(
                f"{handle.path} is a damaged TIFF file: its directories lead in a circle; write "
                "it again."
            )
        seen.add(offset)
        n_tags = _unpacked(handle, layout.tagnoformat, offset)
        if n_tags is None:
            return offset + layout.tagnosize
        at = offset + layout.tagnosize + n_tags * layout.tagsize
        if at > handle.size:
            return int(at)
        n_bytes += at - offset
        if n_bytes > handle.size:
            raise ReadError(
                f"{handle.path} is a damaged TIFF file: its directories overlap; write it again."
            )
        end = _values_end(handle, layout, offset + layout.tagnosize, n_tags)
        if end > handle.size:
            return end


def _values_end(handle: Any, layout: Any, at: int, n_tags: int) -> int:
    """Return where the values of a directory's tags end that do not lie in the directory."""
    handle.seek(at)
    order, word = layout.byteorder, layout.offsetformat[-1]
    end = 0
    for _, kind, count, offset in struct.iter_unpack(
        f"{order}HH{word}{word}", handle.read(n_tags * layout.tagsize)
    ):
        length = _VALUE_BYTES.get(kind, 0) * count
        if length > layout.offsetsize:
            end = max(end, offset + length)
    return end


def _unpacked(handle: Any, layout: str, at: int) -> int | None:
    """Return the whole number that lies at `at`; None beyond the file's end."""
    length = struct.calcsize(layout)
    if at + length > handle.size:
        return None
    handle.seek(at)
    return int(struct.unpack(layout, handle.read(length))[0])
