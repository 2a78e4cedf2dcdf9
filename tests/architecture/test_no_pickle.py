"""Nothing that can run code when it is read is written or read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path for folder in ("tracksam", "plugins") for path in (REPOSITORY / folder).rglob("*.py")
)
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib", "copyreg"}
ERRORS = {"UnpicklingError"}  # what a library that refuses pickles raises
CALLS = {"eval", "exec", "compile", "__import__"}


def dangers(tree: ast.AST) -> Iterator[str]:
    """Name each use of a module or option that runs what it reads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield from (a.name for a in node.names if a.name not in ERRORS)
        elif isinstance(node, ast.Call):
            yield from call_dangers(node)


def call_dangers(node: ast.Call) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield node.func.id
    for keyword in node.keywords:
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if (keyword.arg, value) in (("allow_pickle", True), ("weights_only", False)):
            yield f"{keyword.arg}={value}"
    if name in ("read_pickle", "to_pickle"):
        yield name


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from cloudpickle import loads",
        "np.load(f, allow_pickle=True)",
        "torch.load(f, weights_only=False)",
        "eval(x)",
        "pd.read_pickle(f)",
    ],
)
def test_a_danger_is_seen(code: str) -> None:
    assert list(dangers(ast.parse(code)))


def test_no_source_runs_what_it_reads() -> None:
    assert len(SOURCES) > 100
    found = {
        str(path.relative_to(REPOSITORY)): names
        for path in SOURCES
        if (names := list(dangers(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert found == {}
