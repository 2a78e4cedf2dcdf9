"""Which movies are meant, and under which names their results lie."""

from pathlib import Path

import pytest

from tracksam.batching.entry import Entry, movies_of, named, with_prompts
from tracksam.batching.manifest import read_manifest
from tracksam.batching.run import entries_of
from tracksam.errors import InvalidInputError, ReadError, SettingsError


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", ".x", "a/b", "../a", "a\\b", "a:b", "x\n", " a", "a ", "a.", "CON"),
        *("nul.x", "*", "x" * 121, "\x00"),
    ],
)
def test_names_that_would_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="can not name a movie's results"):
        Entry(name, "movie.tif")


@pytest.mark.parametrize("name", ["m01", "Zellen Größe 3", "a.b", "a-b_c", "x" * 120])
def test_ordinary_names_are_names(name: str) -> None:
    assert Entry(name, "movie.tif").name == name


def test_names_are_those_of_the_files() -> None:
    entries = named(["a/x.ome.tif", "b/y.tif", "c/z.ome.zarr", "d/frames"])
    assert [e.name for e in entries] == ["x", "y", "z", "frames"]


def test_folders_tell_equal_names_apart() -> None:
    entries = named(["p/q/01.tif", "p/r/01.tif", "s/q/01.tif", "x.tif"])
    assert [e.name for e in entries] == ["p-q-01", "r-01", "s-q-01", "x"]


def test_two_movies_that_can_not_be_told_apart_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="2 movies of the batch would be called"):
        named(["a/m.tif", "a/m.btf"])


def test_a_name_made_of_a_file_never_leaves_the_folder() -> None:
    for movie in ("..", "a/..", "con.tif", "x:y.tif", "\n.tif", ". .tif"):
        (entry,) = named([movie])
        assert "/" not in entry.name
        assert not entry.name.startswith(".")


def test_a_glob_is_sorted_as_people_count(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        (tmp_path / f"m{number}.tif").touch()
    found = movies_of([str(tmp_path / "*.tif"), str(tmp_path / "m2.tif")])
    assert [Path(path).name for path in found] == ["m1.tif", "m2.tif", "m10.tif"]
    with pytest.raises(ReadError, match="no file matches"):
        movies_of([str(tmp_path / "*.png")])


def test_a_manifest_names_movies_and_what_is_special_about_each(tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_text(
        "movie,name,prompts,axes,read.pixel_size_um,segment.segmenter\n"
        "a.tif,first,p/a.csv,TYX,0.5,classical\n"
        "sub/b.npy,,,,,\n\n"
    )
    first, second = read_manifest(file)
    assert first == Entry(
        "first",
        str(tmp_path / "a.tif"),
        str(tmp_path / "p/a.csv"),
        "TYX",
        {"read": {"pixel_size_um": 0.5}, "segment": {"segmenter": "classical"}},
    )
    assert second == Entry("b", str(tmp_path / "sub/b.npy"))
    assert entries_of(file) == [first, second]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file\na.tif\n", "has the column movie"),
        ("movie,promts\na.tif,x\n", "'promts'"),
        ("movie\n", "names no movie"),
        ("movie,name\na.tif,../../etc\n", "line 2 of .*can not name a movie's results"),
        ("movie,name\na.tif,x\nb.tif,X\n", "2 movies of the batch would be called 'x'"),
        ("movie\na.tif,more\n", "line 2 of .* must name a movie"),
        ("movie,name\n,x\n", "line 2 of .* must name a movie"),
    ],
)
def test_a_manifest_with_a_mistake_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(InvalidInputError, match=message):
        read_manifest(tmp_path / "m.csv")


def test_a_setting_in_a_manifest_is_checked(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("movie,link.maxgap\na.tif,1\n")
    with pytest.raises(SettingsError, match=r"line 2 .* did you mean link.max_gap\?"):
        read_manifest(tmp_path / "m.csv")


def test_a_missing_manifest_is_a_read_error(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="there is no file"):
        read_manifest(tmp_path / "m.csv")
    (tmp_path / "m.csv").write_bytes(b"\xff\xfe\x00movie")
    with pytest.raises(ReadError, match="can not be read as a table"):
        read_manifest(tmp_path / "m.csv")


def test_prompts_belong_to_the_movie_of_their_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    entries = with_prompts([Entry("a", "a.tif"), Entry("b", "b.tif")], tmp_path)
    assert [e.prompts for e in entries] == [str(tmp_path / "a.csv"), None]
    (tmp_path / "c.csv").touch()
    with pytest.raises(InvalidInputError, match=r"c\.csv belongs to no movie"):
        with_prompts(entries, tmp_path)
    with pytest.raises(ReadError, match="there is no folder"):
        with_prompts(entries, tmp_path / "missing")


def test_no_movie_is_no_batch() -> None:
    with pytest.raises(InvalidInputError, match="at least one movie"):
        entries_of([])
