"""What runs the network: onnxruntime on what it finds, OpenVINO on Intel where it is installed.

On other processors OpenVINO is slower with 8-bit weights than onnxruntime (on AMD by half).
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

_PROVIDERS = ("CUDAExecutionProvider", "CoreMLExecutionProvider", "CPUExecutionProvider")


class Named(Protocol):
    """Something with a name."""

    @property
    def name(self) -> str:
        """The name."""
        ...


class Session(Protocol):
    """A loaded network; it holds no state between runs. As onnxruntime has it."""

    def get_outputs(self) -> Sequence[Named]:
        """Return the network's outputs."""
        ...

    def run(
        self, names: Sequence[str], inputs: Mapping[str, NDArray[np.float32]]
    ) -> Sequence[NDArray[np.float32]]:
        """Return some of the network's outputs.

        Parameters
        ----------
        names : sequence of str
            Of the outputs that are wanted.
        inputs : mapping of str to ndarray of float32
            By the names of the network's inputs.

        Returns
        -------
        sequence of ndarray of float32
            In the order of the names.
        """
        ...


@attrs.frozen
class Output:
    """An output of an OpenVINO network.

    Parameters
    ----------
    name : str
        As in the ONNX file.
    """

    name: str


@attrs.frozen(eq=False)
class OpenVinoSession:
    """A network that OpenVINO has compiled for this processor.

    Parameters
    ----------
    compiled : openvino.CompiledModel
        Takes any height and width; answers are given in 32-bit floats.
    """

    compiled: Any

    def get_outputs(self) -> tuple[Output, ...]:
        """Return the network's outputs."""
        return tuple(Output(name) for port in self.compiled.outputs for name in sorted(port.names))

    def run(
        self, names: Sequence[str], inputs: Mapping[str, NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Return some of the network's outputs."""
        found = self.compiled.create_infer_request().infer(dict(inputs))
        return [np.asarray(found[name], np.float32) for name in names]


def load_session(content: bytes, threads: int | None = None) -> Session:
    """Return a network ready to run.

    Parameters
    ----------
    content : bytes
        Of an ONNX file.
    threads : int, optional
        Processor threads of one run. Default: one a core this process may use.

    Returns
    -------
    Session
        On a graphics card or Apple's neural engine if the installed onnxruntime can use one,
        else with OpenVINO if that is installed and the processor is Intel's, else on the
        processor with onnxruntime.
    """
    import onnxruntime

    count = threads or _cores()
    available = onnxruntime.get_available_providers()
    providers = [name for name in _PROVIDERS if name in available]
    if providers[0] == _PROVIDERS[-1] and openvino_helps():
        return with_openvino(content, count)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = count
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session: Session = onnxruntime.InferenceSession(content, options, providers=providers)
    return session


def openvino_helps() -> bool:
    """Return whether OpenVINO is installed and this processor is one it is made for."""
    if importlib.util.find_spec("openvino") is None:
        return False
    import openvino

    return "intel" in str(openvino.Core().get_property("CPU", "FULL_DEVICE_NAME")).lower()


def with_openvino(content: bytes, threads: int) -> OpenVinoSession:
    """Return a network compiled by OpenVINO.

    Parameters
    ----------
    content : bytes
        Of an ONNX file.
    threads : int
        Processor threads of one run.
    """
    import openvino

    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    core = openvino.Core()
    return OpenVinoSession(core.compile_model(core.read_model(content), "CPU", settings))


def _cores() -> int:
    """Threads that this process may use: what the environment says, else one a core."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    if said.isdecimal() and int(said) > 0:
        return int(said)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
