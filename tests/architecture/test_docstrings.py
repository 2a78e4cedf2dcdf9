"""Every public name says what it takes and what comes out, in numpydoc.

What a user calls, a name of ``tracksam.__all__``, has the sections for it. Everything else may say
what comes out in its first sentence, and needs Parameters from its second parameter on.
"""

import ast
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path

import pytest

import tracksam

PACKAGE = Path(__file__).resolve().parents[2] / "tracksam"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
TELLING = ("Return ", "Yield ", "Give ", "Say ")
NO_RESULT = {None, "None", "Never", "NoReturn"}


def public_modules() -> list[Path]:
    return sorted(
        path
        for path in PACKAGE.rglob("*.py")
        if not any(
            part.startswith("_") and part != "__init__.py"
            for part in path.relative_to(PACKAGE).parts
        )
    )


def is_protocol(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).split("[")[0] == "Protocol" for base in node.bases)


@cache
def protocol_methods() -> frozenset[str]:
    """Name the methods that a protocol documents once for all who implement them."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in public_modules()]
    return frozenset(
        method.name
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.ClassDef) and is_protocol(node)
        for method in node.body
        if isinstance(method, FUNCTIONS)
    )


def decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
    return [ast.unparse(decorator).split("(")[0] for decorator in node.decorator_list]


def has_section(docstring: str, *titles: str) -> bool:
    return any(f"{title}\n{'-' * len(title)}" in docstring for title in titles)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = function.args
    named = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in named if name not in ("self", "cls")])


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return "typer.Option" in ast.unparse(function.args) or "typer.Argument" in ast.unparse(
        function.args
    )


def gives_something(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.returns is not None and ast.unparse(function.returns) not in NO_RESULT


def function_faults(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Say which sections a function's docstring lacks."""
    if function.name.startswith("_"):
        return
    used = decorators(function)
    if any(name == "overload" or name.endswith((".setter", ".validator")) for name in used):
        return
    docstring = ast.get_docstring(function)
    if docstring is None:
        yield f"{function.name}() has no docstring"
        return
    if is_command(function) or any(name.endswith("property") for name in used):
        return  # an attribute to its reader, or the help text of a command
    brief = function.name not in tracksam.__all__
    if parameters(function) > int(brief) and not has_section(docstring, "Parameters"):
        yield f"{function.name}() has no Parameters"
    told = has_section(docstring, "Returns", "Yields") or (brief and docstring.startswith(TELLING))
    if gives_something(function) and not told:
        yield f"{function.name}() has no Returns"


def class_faults(node: ast.ClassDef, described_elsewhere: Set[str]) -> Iterator[str]:
    """Say what a class and its public methods do not tell."""
    docstring = ast.get_docstring(node)
    if docstring is None:
        yield f"{node.name} has no docstring"
    for method in node.body:
        if not isinstance(method, FUNCTIONS):
            continue
        is_told = method.name in described_elsewhere and not is_protocol(node)
        if is_told and ast.get_docstring(method) is not None:
            continue
        yield from (f"{node.name}.{fault}" for fault in function_faults(method))


def faults(source: str, described_elsewhere: Set[str]) -> list[str]:
    found: list[str] = []
    for node in ast.parse(source).body:
        if isinstance(node, FUNCTIONS):
            found.extend(function_faults(node))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found.extend(class_faults(node, described_elsewhere))
    return found


@pytest.mark.parametrize("path", public_modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_public_names_are_documented(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8"), protocol_methods()) == []


def test_missing_words_are_seen() -> None:
    assert faults("def told(x: int) -> int: ...", set()) == ["told() has no docstring"]
    assert faults('def told(x: int, y: int) -> int:\n    "Add."', set()) == [
        "told() has no Parameters",
        "told() has no Returns",
    ]
    assert faults('def told() -> None:\n    "Do it."', set()) == []
    assert faults("def _hidden(x: int) -> int: ...", set()) == []


def test_one_sentence_is_enough_for_one_parameter_but_not_for_users() -> None:
    assert faults('def near(x: int) -> int:\n    "Return the nearest."', set()) == []
    assert faults('def track(x: int) -> int:\n    "Return the tracks."', set()) == [
        "track() has no Parameters",
        "track() has no Returns",
    ]


def test_what_a_protocol_says_is_said_once() -> None:
    source = (
        'class Flow:\n    "Flow."\n    def follow(self, a: int, b: int) -> int:\n        "Follow."'
    )
    assert faults(source, {"follow"}) == []
    assert faults(source.replace("Flow:", "Flow(Protocol):"), {"follow"}) != []
    assert faults(source, set()) == [
        "Flow.follow() has no Parameters",
        "Flow.follow() has no Returns",
    ]
