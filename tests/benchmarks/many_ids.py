"""Every form of result with a million tracks, written and read back: seconds and memory.

python tests/benchmarks/many_ids.py
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tracksam import Lineage, Masks
from tracksam.errors import TracksamError
from tracksam.io.convert import FORMS, Form, Tracked

N_TRACKS, N_FRAMES, SHAPE_YX = 1_000_000, 10, (400, 250)


def many() -> Tracked:
    """A million tracks of one pixel and one frame each, as dense as can be."""
    ids = np.arange(1, N_TRACKS + 1)
    labels_tyx = ids.reshape(N_FRAMES, *SHAPE_YX)
    frame, y, x = np.unravel_index(ids - 1, labels_tyx.shape)
    yx = np.column_stack([y, x]).astype(float)
    return Tracked(Lineage(ids, frame, yx), Masks.from_array(labels_tyx))


def row(form: Form) -> str:
    tracked = many()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"tracks{form.suffix}"
        start = time.process_time()
        try:
            form.write(tracked, path)
        except TracksamError as error:
            return f"| {form.name} | - | - | - | {error} |"
        written = time.process_time()
        is_same = form.read(path).lineage == tracked.lineage
        read = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    same = "equal" if is_same else "different"
    return f"| {form.name} | {written - start:.0f} | {read - written:.0f} | {peak} | {same} |"


def main() -> None:
    if len(sys.argv) > 1:
        print(next(row(form) for form in FORMS if form.name == sys.argv[1]))
        return
    print("| form | write (s) | read (s) | peak memory (MB) | read back |\n|---|---|---|---|---|")
    for form in FORMS:
        # A process each: peak memory is that of a process.
        subprocess.run([sys.executable, __file__, form.name], check=True)


if __name__ == "__main__":
    main()
