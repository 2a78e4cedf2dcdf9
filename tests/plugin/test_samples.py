"""Sample movies, with and without the files of a checkout."""

from pathlib import Path

import pytest

from napari_tracksam import samples


@pytest.mark.parametrize("sample", [samples.nuclei, samples.phase])
def test_samples_are_there_without_a_checkout(
    sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "FOLDER", tmp_path)
    ((image, _, kind),) = sample()
    assert kind == "image"
    assert image.ndim == 3
    frame = image[1].compute()
    assert frame.max() > frame.min()


def test_samples_of_a_checkout_are_its_files(sample_data: Path) -> None:
    assert sample_data == samples.FOLDER
    for sample in (samples.nuclei, samples.phase):
        ((image, _, _),) = sample()
        assert image[0].compute().ndim == 2
