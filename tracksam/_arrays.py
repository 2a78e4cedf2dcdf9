"""Construction checks and comparison shared by the frozen types.

The types of tracksam hold read-only NumPy arrays. They are checked once, when they are made,
so that nothing inside checks again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracksam.errors import InvalidInputError


def frozen_array(values: ArrayLike, dtype: Any, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """Return a read-only copy-if-needed array of one dtype and shape.

    Parameters
    ----------
    values : array_like
        What the caller gave. An empty sequence becomes an array of length 0 with the trailing
        shape that is asked for.
    dtype : dtype
        Floats are refused where integers are wanted unless every value is whole.
    shape : tuple of int or None
        ``None`` matches any length.

    Returns
    -------
    ndarray
        Read-only.

    Raises
    ------
    InvalidInputError
        The shape does not match, or whole numbers were wanted and fractions given.
    """
    array = np.asarray(values)
    if array.size == 0 and array.ndim != len(shape):
        array = array.reshape(tuple(0 if n is None else n for n in shape))
    wanted = np.dtype(dtype)
    if (
        wanted.kind in "iu"
        and array.dtype.kind == "f"
        and not np.array_equal(array, np.rint(array))
    ):
        raise InvalidInputError(f"whole numbers are needed, got fractions: {array[:5]!r}.")
    if array.ndim != len(shape) or any(
        want is not None and want != got for want, got in zip(shape, array.shape, strict=True)
    ):
        wanted_text = ", ".join("N" if n is None else str(n) for n in shape)
        raise InvalidInputError(f"an array of shape ({wanted_text}) is needed, got {array.shape}.")
    result = np.array(array, dtype=wanted, copy=True) if array.dtype != wanted else array.copy()
    result.setflags(write=False)
    return result


def array_field(
    dtype: Any,
    *shape: int | None,
    otherwise: Callable[[Any], ArrayLike] | None = None,
    **kwargs: Any,
) -> Any:
    """Return an attrs field that holds a read-only array and compares by value.

    Parameters
    ----------
    dtype : dtype
        Element type after conversion.
    *shape : int or None
        Wanted shape; ``None`` matches any length.
    otherwise : callable, optional
        Called with the half-made instance, whose earlier fields are set, where no value or None
        is given.
    **kwargs
        Passed on to `attrs.field`.

    Returns
    -------
    attrs field
    """
    if otherwise is not None:
        kwargs["default"] = None

    def convert(values: ArrayLike | None, instance: Any) -> NDArray[Any]:
        if values is None and otherwise is not None:
            values = otherwise(instance)
        return frozen_array([] if values is None else values, dtype, shape)

    return attrs.field(
        converter=attrs.Converter(convert, takes_self=True),
        eq=attrs.cmp_using(eq=_equal_arrays),
        **kwargs,
    )


def _equal_arrays(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


def same_length(**columns: NDArray[Any]) -> None:
    """Check that columns have one common length.

    Parameters
    ----------
    **columns : ndarray
        Column name and its values.

    Raises
    ------
    InvalidInputError
        The lengths differ; the message names each.
    """
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}: {n}" for name, n in lengths.items())
        raise InvalidInputError(f"the columns must have one length, got {listed}.")
