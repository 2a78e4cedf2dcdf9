"""Damage: what happens to a file's bytes, decided by a seed alone."""

import re
import shutil
from pathlib import Path

import numpy as np

EDGE_INTEGERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
WORDS = (
    *("-1", "0", "1", "7", "255", "65536", "4294967296", "9223372036854775808", "1" + "0" * 12),
    *("9" * 400, "1e999", "-1e308", "nan", "inf", "1_0", "0x1F", "1.5", "", " ", "null", "true"),
    *('""', "[]", "{}", "[" * 300, '{"a":' * 300, "<a>" * 50, "&lol;", "\x00", "\ufeff", "é", "x"),
    *("../../etc/passwd", "/dev/zero", "TYX", "YX", "ZYX", "|O", "<f8", "<U9", "uint8", "float16"),
)
TOKEN = re.compile(rb"[A-Za-z_]+|-?\d+(?:\.\d+)?|[^\sA-Za-z0-9_]")
TEXT_SUFFIXES = (".csv", ".json", ".toml", ".xml", ".txt", ".zattrs", ".zarray", ".zgroup")


def damaged_copy(intact: Path, folder: Path, rng: np.random.Generator) -> Path:
    """Copy a file or folder and damage one file of it; return the copy."""
    copy = folder / intact.name
    if intact.is_file():
        shutil.copyfile(intact, copy)
    else:
        shutil.copytree(intact, copy)
    files = sorted(p for p in copy.rglob("*") if p.is_file()) if copy.is_dir() else [copy]
    victim = files[rng.integers(len(files))]
    if copy.is_dir() and rng.random() < 0.05:
        victim.unlink()
        return copy
    content = victim.read_bytes()
    is_text = victim.suffix in TEXT_SUFFIXES or victim.name in TEXT_SUFFIXES
    for _ in range(int(rng.integers(1, 4))):
        changes = TEXT_CHANGES if is_text and rng.random() < 0.7 else BYTE_CHANGES
        content = changes[rng.integers(len(changes))](content, rng)
    victim.write_bytes(content)
    return copy


def _place(content: bytes, rng: np.random.Generator) -> int:
    """A position; headers are hit more often than their share."""
    end = min(len(content), 600) if rng.random() < 0.5 else len(content)
    return int(rng.integers(end)) if end else 0


def flip_bits(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 6)) if content else 0):
        changed[_place(content, rng)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def write_integer(content: bytes, rng: np.random.Generator) -> bytes:
    at, length = _place(content, rng), int(rng.choice([1, 2, 4, 8]))
    value = int(rng.choice(EDGE_INTEGERS)) & ((1 << 8 * length) - 1)
    order = "little" if rng.random() < 0.5 else "big"
    return content[:at] + value.to_bytes(length, order) + content[at + length :]


def cut_end(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: _place(content, rng)]


def cut_part(content: bytes, rng: np.random.Generator) -> bytes:
    at = _place(content, rng)
    return content[:at] + content[at + int(rng.integers(1, 64)) :]


def double_part(content: bytes, rng: np.random.Generator) -> bytes:
    at, length = _place(content, rng), int(rng.integers(1, 200))
    return content[:at] + content[at : at + length] * int(rng.integers(2, 4)) + content[at:]


def insert_noise(content: bytes, rng: np.random.Generator) -> bytes:
    at = _place(content, rng)
    return content[:at] + rng.bytes(int(rng.integers(1, 40))) + content[at:]


def replace_token(content: bytes, rng: np.random.Generator) -> bytes:
    tokens = list(TOKEN.finditer(content))
    if not tokens:
        return content
    token = tokens[rng.integers(len(tokens))]
    word = WORDS[rng.integers(len(WORDS))].encode()
    return content[: token.start()] + word + content[token.end() :]


def swap_tokens(content: bytes, rng: np.random.Generator) -> bytes:
    tokens = list(TOKEN.finditer(content))
    if len(tokens) < 2:
        return content
    a, b = sorted(rng.choice(len(tokens), 2, replace=False).tolist())
    first, second = tokens[a], tokens[b]
    middle = content[first.end() : second.start()]
    return content[: first.start()] + second[0] + middle + first[0] + content[second.end() :]


def drop_line(content: bytes, rng: np.random.Generator) -> bytes:
    lines = content.splitlines(keepends=True)
    if lines:
        del lines[rng.integers(len(lines))]
    return b"".join(lines)


BYTE_CHANGES = (flip_bits, write_integer, cut_end, cut_part, double_part, insert_noise)
TEXT_CHANGES = (replace_token, replace_token, replace_token, swap_tokens, drop_line)
