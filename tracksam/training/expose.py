"""Expose: the network's inner features as further outputs of its ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracksam.backends.nano.features import STRIDES


def expose_features(path: Path) -> None:
    """Add what enters the last layer, and the two coarser levels, to a file's outputs.

    The answers stay what they are, and cost nothing more where features are not asked for. What
    is a level's feature is found in the graph itself: from the head upward, what each level of the
    way up hands on. An edit of the same file gives the same file.

    Parameters
    ----------
    path : Path
        Written by `export`, of floats or of 8 bits; replaced. A file that has the outputs already
        stays as it is.
    """
    import onnx

    model: Any = onnx.load(str(path))
    graph = model.graph
    if {output.name for output in graph.output} >= set(STRIDES):
        return
    inner = _levels(graph)
    for (name, stride), source in zip(STRIDES.items(), inner, strict=True):
        graph.node.append(onnx.helper.make_node("Identity", [source], [name], name=name))
        shape = ["batch", f"channels_{stride}", f"y_{stride}", f"x_{stride}"]
        kind = onnx.TensorProto.FLOAT
        graph.output.append(onnx.helper.make_tensor_value_info(name, kind, shape))
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _levels(graph: Any) -> list[str]:
    """Return what the head reads, then what each coarser level's 1 x 1 convolution reads."""
    [head] = [node for node in graph.node if node.op_type == "Conv" and "head" in node.name]
    narrow = [node for node in graph.node if node.op_type == "Conv" and "narrow" in node.name]
    return [head.input[0], *(node.input[0] for node in reversed(narrow[1:]))][: len(STRIDES)]
