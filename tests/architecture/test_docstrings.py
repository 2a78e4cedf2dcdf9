"""Every public name says what it takes and what comes out, in numpydoc.

A function has the sections for it. A method may say what comes out in its first sentence, and
needs Parameters from its second parameter on.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "tracksam"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
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


def protocol_methods() -> set[str]:
    """Name the methods that protocols.py documents once for all who implement them."""
    tree = ast.parse((PACKAGE / "protocols.py").read_text(encoding="utf-8"))
    return {
        method.name
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, FUNCTIONS)
    }


def decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
    return [ast.unparse(decorator).split("(")[0] for decorator in node.decorator_list]


def has_section(docstring: str, *titles: str) -> bool:
    return any(f"{title}\n{'-' * len(title)}" in docstring for title in titles)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = function.args
    named = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in named if name not in ("self", "cls")])


def gives_something(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.returns is not None and ast.unparse(function.returns) not in NO_RESULT


def function_faults(
    function: ast.FunctionDef | ast.AsyncFunctionDef, *, is_method: bool = False
) -> Iterator[str]:
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
    if any(name.endswith(("property", ".command", ".callback")) for name in used):
        return  # an attribute to its reader, or the help text of a command
    told_in_first_sentence = int(is_method)
    if parameters(function) > told_in_first_sentence and not has_section(docstring, "Parameters"):
        yield f"{function.name}() has no Parameters"
    first_sentence = is_method and docstring.startswith(("Return ", "Yield "))
    if (
        gives_something(function)
        and not first_sentence
        and not has_section(docstring, "Returns", "Yields")
    ):
        yield f"{function.name}() has no Returns"


def class_faults(node: ast.ClassDef, described_elsewhere: set[str]) -> Iterator[str]:
    """Say what a class and its public methods do not tell."""
    docstring = ast.get_docstring(node)
    if docstring is None:
        yield f"{node.name} has no docstring"
    for method in node.body:
        if not isinstance(method, FUNCTIONS):
            continue
        if method.name in described_elsewhere and ast.get_docstring(method) is not None:
            continue
        yield from (f"{node.name}.{fault}" for fault in function_faults(method, is_method=True))


def faults(source: str, described_elsewhere: set[str]) -> list[str]:
    found: list[str] = []
    for node in ast.parse(source).body:
        if isinstance(node, FUNCTIONS):
            found.extend(function_faults(node))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found.extend(class_faults(node, described_elsewhere))
    return found


@pytest.mark.parametrize("path", public_modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_public_names_are_documented(path: Path) -> None:
    elsewhere = set() if path == PACKAGE / "protocols.py" else protocol_methods()
    assert faults(path.read_text(encoding="utf-8"), elsewhere) == []


def test_missing_words_are_seen() -> None:
    assert faults("def told(x: int) -> int: ...", set()) == ["told() has no docstring"]
    assert faults('def told(x: int) -> int:\n    "Give x."', set()) == [
        "told() has no Parameters",
        "told() has no Returns",
    ]
    assert faults('def told() -> None:\n    "Do it."', set()) == []
    assert faults("def _hidden(x: int) -> int: ...", set()) == []


def test_a_method_may_tell_in_its_first_sentence() -> None:
    method = 'class Flow:\n    "Flow."\n    def at(self, {}) -> int:\n        "Return {}."'
    assert faults(method.format("t", "it"), set()) == []
    assert faults(method.format("t, y", "it"), set()) == ["Flow.at() has no Parameters"]


def test_what_a_protocol_says_is_said_once() -> None:
    source = (
        'class Flow:\n    "Flow."\n    def track(self, a: int, b: int) -> int:\n        "Track."'
    )
    assert faults(source, {"track"}) == []
    assert faults(source, set()) == [
        "Flow.track() has no Parameters",
        "Flow.track() has no Returns",
    ]
