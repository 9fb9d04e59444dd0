"""Exploratory segments: groups found with scikit-learn that move into the policy, and then need no scikit-learn.

>>> import numpy as np, tierwise
>>> class Fitted:  # stands for sklearn.cluster.KMeans(2).fit(…)
...     cluster_centers_ = np.array([[40.0, 1.0], [2.0, 0.0]])
>>> section = exploratory_from(Fitted(), ["publications", "trials"], names=["academic", "practical"])
>>> policy = with_exploratory(tierwise.Policy.default(), section)
>>> doctors = {"publications": [38, 1, None], "trials": [2, 0, 1]}
>>> assign(policy, doctors)["segment"].tolist()
['academic', 'practical', None]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from .errors import ArgumentError, NotFittedError, Place, expect
from .policy import Policy
from .profile import Profile, rejected_frame

__all__ = ["assign", "exploratory_from", "responsibilities", "with_exploratory"]


def exploratory_from(
    estimator: Any, columns: Sequence[str], *, scaler: Any = None, names: Sequence[str] | None = None
) -> dict[str, Any]:
    """The section `segment.exploratory` of a policy from a fitted estimator of scikit-learn.

    `estimator` is a KMeans, MiniBatchKMeans, BisectingKMeans (whose own predict may differ: it walks its tree) or
    GaussianMixture of any covariance type, or a Pipeline of a StandardScaler and one of these. `columns` are the names of its
    features in a profile, in order. `scaler` is the fitted StandardScaler that made what the estimator saw, if any. `names` are
    those of the segments; left out, "segment 1", …

    Only fitted attributes are read (`cluster_centers_`, or `weights_`, `means_`, `covariances_`; `mean_`, `scale_`); nothing is
    imported. Raises NotFittedError, ArgumentError.
    """
    steps = getattr(estimator, "steps", None)
    if steps is not None:
        if scaler is not None or len(steps) > 2:
            raise _wrong(
                "estimator", "expected a pipeline of one scaler and one estimator, and then no scaler= besides"
            )
        scaler = steps[0][1] if len(steps) == 2 else None
        estimator = steps[-1][1]
    if isinstance(columns, str) or not all(isinstance(name, str) for name in columns):
        raise _wrong("columns", "expected a list of names")
    mixture = hasattr(estimator, "means_")
    if not mixture and not hasattr(estimator, "cluster_centers_"):
        message = "expected a fitted KMeans or GaussianMixture (cluster_centers_, or means_)"
        raise NotFittedError("not_fitted", message, Place(column="estimator"))
    centres = np.asarray(estimator.means_ if mixture else estimator.cluster_centers_, dtype=np.float64)
    count, d = centres.shape
    if len(columns) != d:
        raise _wrong("columns", f"expected a name for each of {d} features, found {len(columns)}")
    if names is None:
        names = [f"segment {i + 1}" for i in range(count)]
    if isinstance(names, str) or len(names) != count:
        raise _wrong("names", f"expected a name for each of {count} segments, found {len(names)}")
    components: list[dict[str, Any]] = [
        {"name": name, "centre": centre.tolist()} for name, centre in zip(names, centres, strict=True)
    ]
    if mixture:
        for component, weight, spread in zip(
            components, estimator.weights_, _spreads(estimator, count, d), strict=True
        ):
            component.update(weight=float(weight), **spread)
    means, scales = _scaling(scaler, d)
    return {
        "kind": "gaussian_mixture" if mixture else "k_means",
        "features": [
            {"column": name, "mean": float(mean), "scale": float(scale)}
            for name, mean, scale in zip(columns, means, scales, strict=True)
        ],
        "components": components,
    }


def with_exploratory(policy: Policy, section: dict[str, Any]) -> Policy:
    """The policy with this section `segment.exploratory`, read as strictly as any. Raises PolicyError."""
    expect(Policy, policy, "policy")
    document = policy.to_dict()
    document["segment"]["exploratory"] = section
    return Policy.from_dict(document)


def assign(policy: Policy, doctors: Any, *, threads: int = 1) -> Any:
    """A frame with a row a doctor: hcp_id (of a Profile), segment, probability (of a mixture, else null), distance.

    `doctors` is a Profile or a frame with the columns that the section names. Who misses one of them has no segment. The
    distance is to the segment's centre, in scaled units; of a mixture it is Mahalanobis'.

    Raises ArgumentError (the policy has no such section), MissingColumnError, WrongTypeError.
    """
    kind, rows = _rows_of(policy, doctors)
    columns, _ = _core.assign_exploratory(policy._core, rows, threads)
    out = {name: _frames.out_of(raw) for name, raw in columns.items()}
    if isinstance(doctors, Profile):
        out = {"hcp_id": _frames.out_of(doctors._core.column("hcp_id")), **out}
    return _frames.frame_of(kind, out)


def rejected(policy: Policy, doctors: Any) -> Any:
    """Cells that counted as missing in `assign`: table, row (from 0), column, code, reason."""
    kind, rows = _rows_of(policy, doctors)
    return rejected_frame(kind, _core.assign_exploratory(policy._core, rows, 1)[1])


def responsibilities(policy: Policy, doctors: Any, *, threads: int = 1) -> Any:
    """Of a mixture: how likely each segment is for each doctor, a column a segment; null where a feature is missing.

    As GaussianMixture.predict_proba. Raises as `assign`, and ArgumentError for k-means.
    """
    kind, rows = _rows_of(policy, doctors)
    columns = _core.exploratory_responsibilities(policy._core, rows, threads)
    return _frames.frame_of(kind, {name: _frames.out_of(raw) for name, raw in columns.items()})


def _rows_of(policy: Policy, doctors: Any) -> tuple[_frames.Kind, Any]:
    expect(Policy, policy, "policy")
    if isinstance(doctors, Profile):
        return doctors._kind, doctors._core
    source = _frames.Source(doctors, "doctors")
    section = policy._document["segment"].get("exploratory", {"features": []})
    wanted = [feature["column"] for feature in section["features"]]
    return source.kind, {name: source.column(name, "number") for name in wanted}


def _spreads(mixture: Any, count: int, d: int) -> list[dict[str, Any]]:
    """Variances or the lower triangle of the covariance of each component, whatever form they were fitted in."""
    values = np.asarray(mixture.covariances_, dtype=np.float64)
    how = mixture.covariance_type
    if how == "spherical":
        return [{"variances": [float(v)] * d} for v in values]
    if how == "diag":
        return [{"variances": row.tolist()} for row in values]
    full: npt.NDArray[np.float64] = np.broadcast_to(values, (count, d, d)) if how == "tied" else values
    if d == 1:
        return [{"variances": [float(matrix[0, 0])]} for matrix in full]
    return [{"covariance": [row[: i + 1].tolist() for i, row in enumerate(matrix)]} for matrix in full]


def _scaling(scaler: Any, d: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    means, scales = np.zeros(d), np.ones(d)
    if scaler is None or scaler == "passthrough":
        return means, scales
    if not hasattr(scaler, "scale_") or not hasattr(scaler, "mean_"):
        raise NotFittedError("not_fitted", "expected a fitted StandardScaler (mean_, scale_)", Place(column="scaler"))
    # It keeps a mean that it was told not to take away.
    if getattr(scaler, "with_mean", True) and scaler.mean_ is not None:
        means = np.asarray(scaler.mean_, dtype=np.float64)
    if scaler.scale_ is not None:
        scales = np.asarray(scaler.scale_, dtype=np.float64)
    if means.shape != (d,) or scales.shape != (d,):
        raise _wrong("scaler", f"expected the scaler of {d} features, found {scales.size}")
    return means, scales


def _wrong(argument: str, message: str) -> ArgumentError:
    return ArgumentError("invalid_argument", message, Place(column=argument))
