"""The catalogue of weights, downloads that break off, licences, wrong files."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import pytest

from tracksam import weights
from tracksam.errors import WeightsError
from tracksam.weights import download, entries, licences, local

CONTENT = bytes(range(256)) * 5000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@attrs.define
class Server:
    """What the server shall do, and what it was asked for."""

    url: str = ""
    break_off_at: int | None = None
    knows_ranges: bool = True
    content: bytes = CONTENT
    ranges: list[str] = attrs.field(factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            state.ranges.append(asked)
            first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
            first = first if state.knows_ranges else 0
            self.send_response(206 if first else 200)
            body = state.content[first:]
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: state.break_off_at])

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{running.server_port}/net.bin"
    yield state
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder of weights, and a place for accepted licences."""
    monkeypatch.setenv("TRACKSAM_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr(licences, "record_path", lambda: tmp_path / "data" / "licences.json")
    return tmp_path / "weights"


@pytest.fixture
def net(server: Server, monkeypatch: pytest.MonkeyPatch) -> entries.Entry:
    """Give one entry in the catalogue, at the server's address."""
    entry = entries.Entry(
        "net", "net.bin", "none", "MIT", "https://net.org", server.url, f"sha256:{SHA256}",
        len(CONTENT),
    )  # fmt: skip
    use(monkeypatch, entry)
    return entry


def use(monkeypatch: pytest.MonkeyPatch, entry: entries.Entry) -> None:
    for module in (entries, local):
        monkeypatch.setattr(module, "catalogue", lambda: {entry.name: entry})


def test_every_entry_says_where_it_is_from() -> None:
    for name, one in weights.catalogue().items():
        assert one.name == name
        assert one.source.startswith("https://"), name
        assert one.url.startswith("https://") or not one.url, name
        assert not one.hash or one.hash.split(":")[0] in ("sha256", "md5", "xxh128"), name
        assert one.licence, name
        assert one.is_commercial == ("NC" not in one.licence), name


def test_folders_of_the_hub_are_pinned_to_a_commit() -> None:
    folders = [one for one in weights.catalogue().values() if one.parts]
    assert len(folders) == 6
    for one in folders:
        assert len(one.revision) == 40, one.name
        assert set(one.part_hashes) <= set(one.parts), one.name
        for part in one.files:
            assert f"/resolve/{one.revision}/" in part.url
    dino = weights.entry("dinov2-small").files[-1]
    assert dino.url.endswith("d1542f84ab7b0056/model.safetensors")
    assert dino.hash.startswith("sha256:ae1e99fcefd5")


def test_files_of_the_catalogue_have_names_of_their_own() -> None:
    files = [one.file for one in weights.catalogue().values()]
    assert len(set(files)) == len(files)


def test_the_published_facts_of_one_entry() -> None:
    sam = weights.entry("sam-vit-b")
    assert sam.url == "https://dl.fbaipublicfiles.com/segment_anything/sam_vit_b_01ec64.pth"
    assert sam.bytes == 375_042_383
    assert sam.megabytes == pytest.approx(375.042383)


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(WeightsError, match="did you mean 'mobile-sam'"):
        weights.get("mobilesam")


def test_a_download_lands_in_the_folder_and_tells_how_far_it_is(
    net: entries.Entry, folder: Path
) -> None:
    told: list[tuple[int, int]] = []
    path = weights.get("net", fetched=lambda done, total: told.append((done, total)))
    assert path == folder / "net.bin"
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert weights.find("net") == path
    assert weights.require("net") == weights.Local(path, "net", SHA256)


def test_what_is_there_is_not_downloaded_again(net: entries.Entry, server: Server) -> None:
    weights.get("net")
    weights.get("net")
    assert len(server.ranges) == 1


def test_a_broken_download_goes_on_where_it_broke_off(
    net: entries.Entry, server: Server, folder: Path
) -> None:
    server.break_off_at = 7 * 65536 + 99
    with pytest.raises(WeightsError, match="458752 bytes are kept; run the command again"):
        weights.get("net")
    assert not (folder / "net.bin").exists()
    server.break_off_at = None
    assert weights.get("net").read_bytes() == CONTENT
    assert server.ranges == ["bytes=0-", "bytes=458752-"]
    assert sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")) == ["net.bin"]


def test_a_server_without_ranges_is_asked_for_all(
    net: entries.Entry, server: Server, folder: Path
) -> None:
    folder.mkdir()
    (folder / "net.bin.partial").write_bytes(b"x" * 1000)
    server.knows_ranges = False
    assert weights.get("net").read_bytes() == CONTENT


def test_what_is_not_the_right_file_is_refused_and_deleted(
    net: entries.Entry, server: Server, folder: Path
) -> None:
    server.content = CONTENT[:-1] + b"x"
    with pytest.raises(WeightsError, match=f"its sha256 should be {SHA256} and is"):
        weights.get("net")
    assert [p.name for p in folder.iterdir() if not p.name.startswith(".")] == []
    server.content = CONTENT
    assert weights.get("net").read_bytes() == CONTENT


def test_without_a_network_it_is_said_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = entries.Entry(
        "net", "net.bin", "none", "MIT", "https://net.org", "http://127.0.0.1:9/net.bin"
    )
    use(monkeypatch, entry)
    with pytest.raises(WeightsError, match=f"put it in {folder} as net.bin"):
        weights.get("net")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (CONTENT[:-1000], "is truncated: it should have 1280000 bytes and has 1279000"),
        (CONTENT + b"x", "is another file: it should have 1280000 bytes and has 1280001"),
        (CONTENT[::-1], "is damaged or another file: its sha256 should be"),
    ],
)
def test_a_wrong_file_is_refused(
    net: entries.Entry, folder: Path, content: bytes, message: str
) -> None:
    folder.mkdir()
    (folder / "net.bin").write_bytes(content)
    for ask in (weights.require, weights.verify, weights.get):
        with pytest.raises(WeightsError, match=message) as refused:
            ask("net")
        assert "Delete it and run: tracksam weights get net" in str(refused.value)


def test_missing_weights_say_the_command(net: entries.Entry) -> None:
    assert weights.find("net") is None
    with pytest.raises(WeightsError, match="Run: tracksam weights get net"):
        weights.require("net")


def test_a_file_of_your_own_is_taken_by_its_path(tmp_path: Path) -> None:
    own = tmp_path / "mine.pth"
    own.write_bytes(CONTENT)
    assert weights.require(own) == weights.Local(own, "mine.pth", SHA256)
    with pytest.raises(WeightsError, match="no name of the catalogue"):
        weights.require(tmp_path / "gone.pth")


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    own = tmp_path / "mine.pth"
    own.write_bytes(CONTENT)
    assert weights.sha256_of(own) == SHA256
    own.write_bytes(CONTENT + b"x")
    assert weights.sha256_of(own) == hashlib.sha256(CONTENT + b"x").hexdigest()


def test_the_hash_of_a_folder_knows_names_and_content(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("1")
    first = weights.sha256_of(tmp_path)
    (tmp_path / "a.json").rename(tmp_path / "b.json")
    second = weights.sha256_of(tmp_path)
    (tmp_path / "b.json").write_text("12")
    assert len({first, second, weights.sha256_of(tmp_path)}) == 3


def test_a_licence_that_forbids_is_shown_once_and_recorded(
    net: entries.Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = attrs.evolve(
        net, licence="CC-BY-NC-4.0", licence_url="https://cc.org/nc", is_commercial=False
    )
    use(monkeypatch, closed)
    with pytest.raises(WeightsError, match="weights get net --accept-licence"):
        weights.get("net")
    said: list[str] = []
    path = weights.get("net", accept_licence=True, say=said.append)
    assert len(said) == 1
    assert "CC-BY-NC-4.0" in said[0]
    assert "https://cc.org/nc" in said[0]
    assert weights.get("net", accept_licence=True, say=said.append) == path
    assert len(said) == 1
    assert weights.require("net").sha256 == SHA256
    use(monkeypatch, attrs.evolve(closed, licence="Other-NC"))
    with pytest.raises(WeightsError, match="are under Other-NC"):
        weights.require("net")


def test_two_processes_download_once(
    net: entries.Entry, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(weights.get("net"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() == CONTENT for path in found] == [True, True]
    assert len(server.ranges) == 1


def test_an_md5_is_checked_where_no_sha256_is_published(
    net: entries.Entry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    md5 = hashlib.md5(CONTENT).hexdigest()
    use(monkeypatch, attrs.evolve(net, hash=f"md5:{md5}"))
    assert weights.get("net").read_bytes() == CONTENT
    use(monkeypatch, attrs.evolve(net, hash="md5:0123"))
    with pytest.raises(WeightsError, match=f"its md5 should be 0123 and is {md5}"):
        weights.verify("net")


def test_partial_files_are_no_weights(net: entries.Entry, folder: Path) -> None:
    folder.mkdir()
    (folder / f"net.bin{local.PARTIAL}").write_bytes(CONTENT)
    assert weights.find("net") is None
    assert download.get("net").read_bytes() == CONTENT
