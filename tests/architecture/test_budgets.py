"""Sizes and names that keep every file readable in one sitting."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_CLASS_LINES = 200
MAX_PARAMETERS = 6
MAX_COMPLEXITY = 10
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "misc", "core"}

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DECISIONS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)


def python_files() -> list[Path]:
    return sorted(
        path
        for folder in ("tracksam", "plugins")
        for path in (REPOSITORY / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    )


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """Count the lines of a definition without the docstrings in it."""
    documented = [
        inner for inner in ast.walk(node) if isinstance(inner, (*FUNCTIONS, ast.ClassDef))
    ]
    docstrings = sum(
        inner.body[0].end_lineno - inner.body[0].lineno + 1
        for inner in documented
        if ast.get_docstring(inner) is not None
    )
    return node.end_lineno - node.lineno + 1 - docstrings


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = function.args
    named = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in named if name not in ("self", "cls")])


def complexity(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the ways through a function (McCabe 1976)."""
    return 1 + sum(isinstance(node, DECISIONS) for node in ast.walk(function))


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Say whether it is a command of the command line: there, a parameter is an option."""
    arguments = function.args
    annotations = [a.annotation for a in (*arguments.args, *arguments.kwonlyargs) if a.annotation]
    return any("typer." in ast.unparse(annotation) for annotation in annotations)


def violations(source: str) -> Iterator[str]:
    """Say what in a file is over its budget."""
    if (lines := len(source.splitlines())) > MAX_FILE_LINES:
        yield f"file of {lines} lines, at most {MAX_FILE_LINES}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and code_lines(node) > MAX_CLASS_LINES:
            yield f"class {node.name} of {code_lines(node)} lines, at most {MAX_CLASS_LINES}"
        if isinstance(node, FUNCTIONS):
            yield from function_violations(node)


def function_violations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    name = function.name
    lines = code_lines(function)
    if is_command(function):  # the options are data
        lines -= function.body[0].lineno - function.lineno
    if lines > MAX_FUNCTION_LINES:
        yield f"{name}() of {lines} lines, at most {MAX_FUNCTION_LINES}"
    if (count := parameters(function)) > MAX_PARAMETERS and not is_command(function):
        yield f"{name}() with {count} parameters, at most {MAX_PARAMETERS}"
    if (ways := complexity(function)) > MAX_COMPLEXITY:
        yield f"{name}() of complexity {ways}, at most {MAX_COMPLEXITY}"


@pytest.mark.parametrize("path", python_files(), ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_file_is_within_its_budget(path: Path) -> None:
    assert list(violations(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("folder", ["tracksam", "plugins", "tests", "docs"])
def test_no_module_is_named_after_nothing(folder: str) -> None:
    named = [
        str(path.relative_to(REPOSITORY))
        for path in (REPOSITORY / folder).rglob("*")
        if path.stem.strip("_") in EMPTY_WORDS and (path.suffix == ".py" or path.is_dir())
    ]
    assert named == []


@pytest.mark.parametrize("path", python_files(), ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_no_print_and_no_bare_except(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        f"line {node.lineno}: {ast.unparse(node).splitlines()[0]}"
        for node in ast.walk(tree)
        if (isinstance(node, ast.ExceptHandler) and node.type is None)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "print")
    ]
    assert found == []


def test_budgets_see_what_is_over_them() -> None:
    statements = "\n".join(f"    x{i} = {i}" for i in range(60))
    assert list(violations(f"def long():\n{statements}\n")) == ["long() of 61 lines, at most 60"]
    assert list(violations("def wide(self, a, b, c, d, e, f): ...\n")) == []
    assert list(violations("def wide(a, b, c, d, e, f, *, g): ...\n")) == [
        "wide() with 7 parameters, at most 6"
    ]
    option = "a: Annotated[int, typer.Option()]"
    assert list(violations(f"def wide({option}, b, c, d, e, f, g): ...\n")) == []
    branches = "\n".join("    if x: pass" for _ in range(10))
    assert list(violations(f"def forked(x):\n{branches}\n")) == [
        "forked() of complexity 11, at most 10"
    ]
    assert list(violations("x = 1\n" * 401)) == ["file of 401 lines, at most 400"]
    body = "\n".join(f"    x{i} = {i}" for i in range(200))
    assert list(violations(f"class Long:\n{body}\n")) == ["class Long of 201 lines, at most 200"]


def test_docstrings_cost_nothing() -> None:
    docstring = '    """' + "a\n" * 80 + '    """'
    assert list(violations(f"def told():\n{docstring}\n    return 1\n")) == []
