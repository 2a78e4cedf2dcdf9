"""The examples in docstrings give what they say."""

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import tracksam

# Modules of extras may be absent, each only with the library it is about.
OPTIONAL = {"torch", "torchvision", "transformers", "segment_anything", "onnx", "ctc_metrics"}


def module_names() -> list[str]:
    found = pkgutil.walk_packages(tracksam.__path__, "tracksam.", onerror=lambda name: None)
    return ["tracksam", *(m.name for m in found if not m.name.endswith("__main__"))]


def imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in OPTIONAL:
            raise
        pytest.skip(f"{name} needs {error.name}")


@pytest.mark.parametrize("name", module_names())
def test_examples_of_module(name: str) -> None:
    outcome = doctest.testmod(
        imported(name), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )
    assert outcome.failed == 0
