"""scikit-learn's contract for estimators, kept without importing scikit-learn: only scikit-learn itself asks for its types."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import Any

from .errors import ArgumentError, NotFittedError, Place

__all__ = ["Estimator", "not_fitted"]

CONTAINERS = ("default", "pandas", "polars", "pyarrow")


class Estimator:
    """Parameters are the arguments of `__init__`, kept as they were given; what a fit finds has names that end in `_`."""

    @classmethod
    def _names(cls) -> list[str]:
        return sorted(name for name in inspect.signature(cls).parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; `deep` changes nothing, as no parameter has parameters of its own."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params: Any) -> Any:
        """Sets parameters, and gives the estimator back. They are looked at by the next `fit`.

        Raises ArgumentError for a name that is no parameter; then nothing is set.
        """
        names = self._names()
        for name in params:
            if name not in names:
                message = f"invalid parameter {name!r}: {type(self).__name__} has {', '.join(names)}"
                raise ArgumentError("invalid_argument", message, Place(column=name))
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def set_output(self, *, transform: str | None = None) -> Any:
        """What `transform` gives: "pandas", "polars" or "pyarrow"; "default" is the kind of frame that came in, or an array for an
        array. None changes nothing. Without a call, `sklearn.set_config(transform_output=…)` is obeyed."""
        if transform is not None:
            if transform not in CONTAINERS:
                message = f"expected one of {', '.join(CONTAINERS)}, found {transform!r}"
                raise ArgumentError("invalid_argument", message, Place(column="transform"))
            self._sklearn_output_config = {"transform": transform}  # by this name sklearn.base.clone copies it
        return self

    def _container(self) -> str:
        chosen: str | None = getattr(self, "_sklearn_output_config", {}).get("transform")
        sklearn = sys.modules.get("sklearn")
        if chosen is None and sklearn is not None:
            chosen = sklearn.get_config()["transform_output"]
        return chosen or "default"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(),
            input_tags=InputTags(allow_nan=True, string=True, categorical=True),
        )


def not_fitted(of: object) -> NotFittedError:
    """The error for a model without a fit; scikit-learn's own as well, where that is loaded."""
    theirs = sys.modules.get("sklearn.exceptions")
    kind = NotFittedError if theirs is None else _both(theirs.NotFittedError)
    return kind("not_fitted", f"this {type(of).__name__} is not fitted yet: call fit first")


@functools.cache
def _both(theirs: type[Exception]) -> type[NotFittedError]:
    def reduce(error: NotFittedError) -> tuple[Any, ...]:  # a class made here cannot be found by its name
        return NotFittedError, (error.code, error.message, error.where)

    return type("NotFittedError", (NotFittedError, theirs), {"__module__": __name__, "__reduce__": reduce})
