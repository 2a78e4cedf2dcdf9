"""What carries objects from frame to frame: point trackers and propagators, measured.

    python tests/benchmarks/carriers.py points [--raft WEIGHTS]
    python tests/benchmarks/carriers.py long [POINTS FRAMES]
    python tests/benchmarks/carriers.py propagate
    python tests/benchmarks/carriers.py size

`points`: distance from the simulator's true motion. `long`: memory of many points through a long
movie. `propagate`: masks of simulated movies by points, memory or both. `size`: time and memory
of large models with random weights, on which cost does not depend.
"""

import argparse
import subprocess
import sys
import time

import numpy as np

import tracksam
from tracksam import Boxes, Regions, Settings
from tracksam.evaluate.overlap import mean_iou
from tracksam.simulate import situation

SITUATIONS = ("drifting", "fast", "growing", "touching", "occluded", "bleaching")
LONG = """
import resource, sys, numpy as np, tracksam
from tracksam.simulate import MovieSettings, movie
n_points, n_frames = int(sys.argv[1]), int(sys.argv[2])
settings = MovieSettings(
    n_frames=n_frames, height_px=512, width_px=512, n_cells=30, division_rate=0.0
)
stack = movie(settings).stack
side = np.linspace(20, 490, int(np.ceil(n_points ** 0.5)))
yy, xx = np.meshgrid(side, side, indexing="ij")
queries = np.column_stack([np.zeros(yy.size), yy.ravel(), xx.ravel()])[:n_points]
tracksam.track_points(stack, queries)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
SIZE = """
import resource, sys, time, numpy as np, torch
from tracksam.backends.memory import networks, propagator
from tracksam.testing.propagator import first_masks, moving_discs
torch.manual_seed(0)
name, n_objects = sys.argv[1], int(sys.argv[2])
published = {"vision_config": {"backbone_config": dict(networks.TIMM)}}
model = networks.edgetam(published) if name == "edgetam" else networks.sam2({})
carrier = propagator.Sam21Tiny(device="cpu", model=model)
start = time.process_time()
for _ in carrier.propagate(moving_discs(4), first_masks().select(range(n_objects))):
    pass
seconds = (time.process_time() - start) / 4
parameters = sum(p.numel() for p in model.parameters())
print(parameters, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def error_px(found: tracksam.PointTracks, truth: tracksam.PointTracks) -> tuple[float, ...]:
    """Return median and 95th percentile of the distance, and the share that is told as seen."""
    known = truth.visible_tn & found.visible_tn
    off = np.linalg.norm(found.yx_tn2 - truth.yx_tn2, axis=2)[known]
    seen = found.visible_tn[truth.visible_tn].mean()
    return float(np.median(off)), float(np.percentile(off, 95)), float(seen)


def points(raft: str | None) -> None:
    """Print a row for each point tracker and movie."""
    trackers = {"flow": {}}
    if raft:
        trackers["raft (small)"] = {"point_tracker": "raft", "tracker_weights": raft}
    print("| movie | point tracker | points | median px | 95 % px | seen | s a frame |")
    print("|---|---|---|---|---|---|---|")
    for name in ("drifting", "fast", "growing", "touching", "bleaching"):
        simulated = situation(name)
        at_start = np.flatnonzero(simulated.points.visible_tn[0])
        truth = tracksam.PointTracks(
            simulated.points.yx_tn2[:, at_start],
            simulated.points.visible_tn[:, at_start],
            simulated.points.confidence_tn[:, at_start],
        )
        queries = np.column_stack([np.zeros(len(at_start)), truth.yx_tn2[0]])
        for label, follow in trackers.items():
            settings = Settings().changed({"follow": follow})
            start = time.perf_counter()
            found = tracksam.track_points(simulated.stack, queries, settings=settings)
            seconds = (time.perf_counter() - start) / found.n_frames
            middle, most, seen = error_px(found, truth)
            print(
                f"| {name} | {label} | {len(at_start)} | {middle:.2f} | {most:.2f} | {seen:.2f} | "
                f"{seconds:.2f} |",
                flush=True,
            )


def long(n_points: int, n_frames: int) -> None:
    """Print the peak memory of many points through a tenth of a long movie, and all of it."""
    print("| points | frames | peak memory (MB) | seconds |\n|---|---|---|---|")
    for length in (n_frames // 10, n_frames):
        start = time.perf_counter()
        command = [sys.executable, "-c", LONG, str(n_points), str(length)]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds = time.perf_counter() - start
        print(f"| {n_points} | {length} | {float(out):.0f} | {seconds:.0f} |", flush=True)


def propagate() -> None:
    """Print the overlap with the truth where every cell is marked in frame 0 and none detected."""
    modes = ("points", "memory", "points+memory")
    print(f"| situation | {' | '.join(modes)} |\n|---|---|---|---|")
    for name in SITUATIONS:
        simulated = situation(name)
        marked = Regions.from_labels(simulated.masks.frame(0), keep_ids=True)
        boxes = Boxes(marked.object_id, np.zeros(len(marked), int), marked.box_yxyx)
        row = []
        for mode in modes:
            settings = Settings().changed(
                {"mode": "follow", "segment": {"detector": "none"}, "follow": {"propagate": mode}}
            )
            result = tracksam.track(simulated.stack, boxes, settings=settings)
            row.append(mean_iou(result.masks, dict(enumerate(simulated.masks))))
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in row)} |", flush=True)


def size() -> None:
    """Print parameters, processor time a frame and peak memory of the networks with a memory."""
    columns = ("network", "parameters", "objects", "processor s a frame", "peak memory (MB)")
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for name in ("sam2.1-tiny", "edgetam"):
        for n_objects in (1, 3):
            command = [sys.executable, "-W", "ignore", "-c", SIZE, name, str(n_objects)]
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            parameters, seconds, peak = out.split()[-3:]
            print(
                f"| {name} | {int(parameters):,} | {n_objects} | {float(seconds):.1f} | "
                f"{float(peak):.0f} |",
                flush=True,
            )


def main() -> None:
    """Print the table that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("points", "long", "propagate", "size"))
    parser.add_argument("numbers", nargs="*", type=int, help="of points and frames, for `long`")
    parser.add_argument("--raft", help="weights of RAFT")
    chosen = parser.parse_args()
    if chosen.what == "long":
        long(*(chosen.numbers or (1000, 1000)))
    elif chosen.what == "points":
        points(chosen.raft)
    else:
        {"propagate": propagate, "size": size}[chosen.what]()


if __name__ == "__main__":
    main()
