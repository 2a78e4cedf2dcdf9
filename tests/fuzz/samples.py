"""Small valid files of every form that is read: what the fuzzer damages."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile

from tracksam.batching.entry import Entry
from tracksam.batching.ledger import Plan
from tracksam.columns import Calibration
from tracksam.io.candidates import write_candidates
from tracksam.io.ctc import write_truth
from tracksam.io.geff import write_geff
from tracksam.io.omezarr_labels import write_omezarr_labels
from tracksam.io.tables import write_prompts
from tracksam.io.tiff import write_movie
from tracksam.io.trackmate import write_trackmate
from tracksam.io.tracks_csv import write_tracks_csv
from tracksam.io.video_masks import write_indexed_png, write_rle
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.prompts import Boxes, Prompts
from tracksam.record import RunRecord
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.link import labels_to_candidates

LABELS_TYX = np.zeros((3, 20, 26), np.uint16)
LABELS_TYX[:2, 2:7, 3:9] = 1
LABELS_TYX[2, 2:5, 3:9], LABELS_TYX[2, 6:9, 4:9] = 2, 3
LABELS_TYX[:, 11:17, 14:20] = 5
LINEAGE = Lineage(
    np.array([1, 1, 2, 3, 5, 5, 5]),
    np.array([0, 1, 2, 2, 0, 1, 2]),
    np.array([[4, 5.5], [4, 5.5], [3, 5.5], [7, 6], [13.5, 16.5], [13.5, 16.5], [13.5, 16.5]]),
    np.array([1, 0.5, 1, 0.8, 1, 1, 0.9]),
    np.zeros(7, bool),
    {2: 1, 3: 1},
    {2: 0.7},
)
CALIBRATION = Calibration(0.5, 60.0)
MASKS = Masks.from_array(LABELS_TYX)
IMAGES_TYX = np.random.default_rng(3).integers(0, 255, LABELS_TYX.shape, np.uint8)


def stack() -> Stack:
    return Stack.from_array(IMAGES_TYX, "TYX", pixel_size_um=0.5, frame_interval_s=60.0)


def ome_tiff(folder: Path) -> Path:
    write_movie(stack(), folder / "movie.ome.tif")
    return folder / "movie.ome.tif"


def imagej_tiff(folder: Path) -> Path:
    path = folder / "movie.tif"
    metadata = {"axes": "TYX", "unit": "um", "finterval": 60.0}
    tifffile.imwrite(path, IMAGES_TYX, imagej=True, metadata=metadata, resolution=(2, 2))
    return path


def plain_tiff(folder: Path) -> Path:
    path = folder / "movie.tif"
    tifffile.imwrite(path, IMAGES_TYX, photometric="minisblack", compression="lzw", metadata=None)
    return path


def tiled_big_tiff(folder: Path) -> Path:
    path = folder / "movie.btf"
    options = {"tile": (16, 16), "bigtiff": True, "predictor": True, "compression": "zlib"}
    tifffile.imwrite(path, IMAGES_TYX.astype(np.uint16), photometric="minisblack", **options)
    return path


def zarr_image(folder: Path) -> Path:
    write_omezarr_labels(MASKS, folder / "movie.zarr", CALIBRATION)
    return folder / "movie.zarr"


def zarr_image_2(folder: Path) -> Path:
    """OME-Zarr 0.4, which lies in Zarr version 2."""
    import zarr

    path = folder / "movie.zarr"
    group = zarr.create_group(store=str(path), zarr_format=2)
    array = group.create_array("0", shape=IMAGES_TYX.shape, chunks=(1, 20, 26), dtype="u1")
    array[:] = IMAGES_TYX
    axes = [{"name": "t", "type": "time"}]
    axes += [{"name": name, "type": "space"} for name in "yx"]
    scale = {"type": "scale", "scale": [60.0, 0.5, 0.5]}
    datasets = [{"path": "0", "coordinateTransformations": [scale]}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]
    return path


def video(folder: Path) -> Path:
    import cv2

    path = folder / "movie.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 5.0, (26, 20))
    for image_yx in IMAGES_TYX:
        writer.write(np.repeat(image_yx[..., None], 3, axis=2))
    writer.release()
    return path


def video_mp4(folder: Path) -> Path:
    import cv2

    path = folder / "movie.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 5.0, (32, 32))
    for image_yx in IMAGES_TYX:
        writer.write(np.repeat(np.pad(image_yx, ((0, 12), (0, 6)))[..., None], 3, axis=2))
    writer.release()
    return path


def npy(folder: Path) -> Path:
    np.save(folder / "movie.npy", IMAGES_TYX)
    return folder / "movie.npy"


def png_folder(folder: Path) -> Path:
    from PIL import Image

    path = folder / "frames"
    path.mkdir()
    for frame, image_yx in enumerate(IMAGES_TYX):
        Image.fromarray(image_yx).save(path / f"t{frame:03d}.png")
    return path


def jpeg_folder(folder: Path) -> Path:
    from PIL import Image

    path = folder / "frames"
    path.mkdir()
    for frame, image_yx in enumerate(IMAGES_TYX):
        Image.fromarray(image_yx).save(path / f"t{frame:03d}.jpg")
    return path


def ctc(folder: Path) -> Path:
    write_truth(MASKS, LINEAGE, folder / "01_GT")
    return folder / "01_GT"


def indexed_png(folder: Path) -> Path:
    write_indexed_png(MASKS, folder / "masks")
    return folder / "masks"


def geff(folder: Path) -> Path:
    write_geff(LINEAGE, folder / "tracks.geff", CALIBRATION)
    return folder / "tracks.geff"


def trackmate(folder: Path) -> Path:
    write_trackmate(LINEAGE, folder / "tracks.xml", CALIBRATION)
    return folder / "tracks.xml"


def tracks_csv(folder: Path) -> Path:
    write_tracks_csv(LINEAGE, folder / "tracks.csv")
    return folder / "tracks.csv"


def prompts_csv(folder: Path) -> Path:
    points = Prompts([1, 1, 4], [0, 0, 2], [[4, 5], [1, 1], [13, 16.5]], [True, False, True])
    write_prompts(folder / "prompts.csv", points, Boxes([7], [1], [[3, 4, 9, 8.5]]))
    return folder / "prompts.csv"


def settings_toml(folder: Path) -> Path:
    path = folder / "settings.toml"
    path.write_text(Settings().to_toml())
    return path


def record_json(folder: Path) -> Path:
    path = folder / "run.json"
    path.write_text(RunRecord.of(stack(), Settings()).to_json())
    return path


def rle_json(folder: Path) -> Path:
    write_rle(MASKS, LINEAGE, folder / "masks.json", CALIBRATION)
    path = folder / "masks.json"
    path.write_text(json.dumps(json.loads(path.read_text())))
    return path


def candidates(folder: Path) -> Path:
    path = folder / "candidates000000.npz"
    found = labels_to_candidates(0, LABELS_TYX[0], IMAGES_TYX[0][..., None])
    write_candidates(path, found)
    return path


def batch_plan(folder: Path) -> Path:
    entries = (Entry("a", "a.tif", axes="TYX"), Entry("b", "b", values={"link": {"max_gap": 1}}))
    path = folder / "batch.json"
    path.write_text(Plan(entries, Settings()).to_json())
    return path


def manifest(folder: Path) -> Path:
    path = folder / "movies.csv"
    path.write_text("movie,name,axes,read.pixel_size_um\na.tif,one,TYX,0.5\nsub/b.tif,,,\n")
    return path


SAMPLES: dict[str, Callable[[Path], Path]] = {
    function.__name__: function
    for function in (
        ome_tiff,
        imagej_tiff,
        plain_tiff,
        tiled_big_tiff,
        zarr_image,
        zarr_image_2,
        video,
        video_mp4,
        npy,
        png_folder,
        jpeg_folder,
        ctc,
        indexed_png,
        geff,
        trackmate,
        tracks_csv,
        prompts_csv,
        settings_toml,
        record_json,
        rle_json,
        candidates,
        batch_plan,
        manifest,
    )
}
