"""Frames in, frames out: the only place where the data of the caller is converted.

Columns that the library can read as they lie in memory are shared; others (small integers, timestamps, plain text) are
converted here, openly. Neither pandas, Polars nor pyarrow is imported unless the caller uses it.
"""

from __future__ import annotations

import datetime
import decimal
import difflib
import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _core, days
from .errors import ArgumentError, DataError, MissingColumnError, Place, WrongTypeError, instead_of

Kind = Literal["pandas", "polars", "pyarrow", "dict"]
Hint = Literal["number", "boolean", "text", "date", ""]
"""What a column is meant to be. It only decides what a column without a single value becomes."""


_MAPPED = ("hcp_id", "date", "channel", "event_id", "depth", "count", "quality")


class Source:
    """A table of the caller: its kind, its names, and its columns as the extension takes them."""

    def __init__(self, frame: Any, table: str) -> None:
        self.table = table
        self.kind, self._frame = _recognise(frame, table)
        self.names: list[str] = _names(self.kind, self._frame)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def __len__(self) -> int:
        if self.kind != "dict":
            return len(self._frame)
        return len(next(iter(self._frame.values()))) if self._frame else 0

    def native(self, name: str) -> Any:
        """The column as the caller has it."""
        if self.names.count(name) > 1:
            raise ArgumentError("invalid_argument", f"table '{self.table}' has this column twice", Place(column=name))
        if name not in self.names:
            raise self.lacks(name)
        return self._frame[name]

    def lacks(self, name: str) -> MissingColumnError:
        """That there is no such column, with what there is."""
        cure = "Rename the column that is meant"
        if self.table in ("hcps", "interactions"):
            key = f"/input/{self.table}/{name}"
            cure += f", or name it in the policy ({key})" if name in _MAPPED else ", or name it in the policy"
        message = f"table '{self.table}' has no such column; {self.there_is(name)}. {cure}"
        return MissingColumnError("missing_column", message, Place(column=name))

    def there_is(self, name: str) -> str:
        """Which columns there are, and which of them may be meant."""
        if not self.names:
            return "it has none"
        shown = (
            f"it has {', '.join(self.names[:20])}{f' and {len(self.names) - 20} more' if len(self.names) > 20 else ''}"
        )
        near = difflib.get_close_matches(name.lower(), [other.lower() for other in self.names], 1, 0.7)
        meant = next((other for other in self.names if near and other.lower() == near[0]), None)
        return shown if meant is None else f"did you mean '{meant}'? {shown[0].upper()}{shown[1:]}"

    def column(self, name: str, hint: Hint = "") -> _core.Column:
        """The column for the extension: shared if it can be, else converted."""
        native = self.native(name)
        take = {"pandas": _from_pandas, "polars": _from_polars, "pyarrow": _from_pyarrow, "dict": from_array}[self.kind]
        try:
            column = take(native, hint)
        except _Refusal as refusal:
            message = f"table '{self.table}': {refusal}"
            raise WrongTypeError("wrong_type", message, Place(column=name)) from refusal.__cause__
        return column.with_names(days.as_days(column.names)) if hint == "date" and column.type == "category" else column

    def ids(self, name: str, like: _core.Column | None = None) -> _core.Column:
        """The column of ids. `like` are the ids of the table of doctors, which are either text as well or whole numbers as well."""
        column = self.column(name)
        if not len(column):  # an empty list has no type of its own
            texts = like is None or like.type == "category"
            return _core.Column.texts([]) if texts else _core.Column.numbers(np.empty(0, dtype=np.int64))
        cure = f"read ids as text in every table (dtype={{'{name}': str}}): so they keep leading zeros, and get no '.0'"
        if column.type not in ("category", "int32", "int64"):
            found = (
                "numbers with decimals, as readers make of a column with gaps"
                if "float" in column.type
                else column.type
            )
            message = f"table '{self.table}': ids are text or whole numbers, and these are {found}; {cure}"
            raise WrongTypeError("wrong_type", message, Place(column=name))
        if like is not None and (like.type == "category") != (column.type == "category"):
            kinds = ["whole numbers", "text"]
            message = (
                f"table '{self.table}': its ids are {kinds[column.type == 'category']}, "
                f"and those of the doctors {kinds[like.type == 'category']}; {cure}"
            )
            raise WrongTypeError("wrong_type", message, Place(column=name))
        return column

    def values(self, name: str) -> list[Any]:
        """The column as Python values, None where there is none; for small tables."""
        native = self.native(name)
        if self.kind == "polars":
            return list(native.to_list())
        if self.kind == "pyarrow":
            return list(native.to_pylist())
        if self.kind == "pandas":
            gone = native.isna()
            return [None if empty else _plain(value) for value, empty in zip(native, gone, strict=True)]
        return [_plain(value) for value in native]


class _Refusal(Exception):
    """A column that cannot be taken, and why."""


def _plain(value: Any) -> Any:
    """A NumPy scalar as a Python value; None for what means missing."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is None or (isinstance(value, float) and value != value) else value


# ---- in ---------------------------------------------------------------------------------------------------------------


def _recognise(frame: Any, table: str) -> tuple[Kind, Any]:
    if isinstance(frame, Mapping):
        lengths = {name: len(values) for name, values in frame.items()}
        for name, length in lengths.items():
            if length != next(iter(lengths.values())):
                message = f"table '{table}': {length} rows, and {next(iter(lengths.values()))} in the first column"
                raise DataError("length_mismatch", message, Place(column=str(name)))
        return "dict", frame
    if isinstance(frame, np.ndarray):
        if frame.dtype.names is None or frame.ndim != 1:
            raise WrongTypeError("wrong_type", f"table '{table}': a NumPy table is a one-dimensional structured array")
        return "dict", {name: frame[name] for name in frame.dtype.names}
    import narwhals.dependencies as known  # does not import the libraries that it knows

    if known.is_pandas_dataframe(frame):
        return "pandas", frame
    if known.is_polars_dataframe(frame):
        return "polars", frame
    if known.is_pyarrow_table(frame):
        return "pyarrow", frame
    if hasattr(frame, "collect") and not hasattr(frame, "__arrow_c_stream__"):
        raise WrongTypeError("wrong_type", f"table '{table}' is lazy: call .collect() first")
    return _through_narwhals(frame, table)


def _through_narwhals(frame: Any, table: str) -> tuple[Kind, Any]:
    """Frames of other libraries, if they can be turned into Arrow."""
    import narwhals as nw

    expected = f"table '{table}': expected a pandas, Polars or pyarrow table or a dict of arrays, not {type(frame).__name__}{instead_of(frame)}"
    try:
        if hasattr(frame, "__arrow_c_stream__"):
            return "pyarrow", importlib.import_module("pyarrow").table(frame)
        return "pyarrow", nw.from_native(frame, eager_only=True).to_arrow()
    except (TypeError, ValueError, ImportError) as cause:
        raise WrongTypeError("wrong_type", expected) from cause


def _names(kind: Kind, frame: Any) -> list[str]:
    if kind == "pyarrow":
        return list(frame.column_names)
    return [str(name) for name in (frame if kind == "dict" else frame.columns)]


def bitmap(valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8] | None:
    """Arrow's validity bits, or None if every row is valid."""
    return None if valid.all() else np.packbits(valid, bitorder="little")


def missing_column(rows: int, hint: Hint) -> _core.Column:
    """A column without a single value."""
    if hint in ("number", "boolean", "date"):
        nothing = np.zeros((rows + 7) // 8, dtype=np.uint8)
        if hint == "number":
            return _core.Column.numbers(np.full(rows, np.nan))
        if hint == "boolean":
            return _core.Column.numbers(np.zeros(rows, dtype=bool), nothing)
        return _core.Column.dates(np.zeros(rows, dtype=np.int32), nothing)
    return _core.Column.categories(np.full(rows, -1, dtype=np.int32), [])


_WIDER = {"i1": "i4", "i2": "i4", "u1": "i4", "u2": "i4", "u4": "i8", "f2": "f4"}


def from_array(values: Any, hint: Hint = "") -> _core.Column:
    """A NumPy array or a sequence."""
    if isinstance(values, _core.Column):
        return values
    valid: npt.NDArray[np.bool_] | None = None
    if isinstance(values, np.ma.MaskedArray):
        valid = ~np.ma.getmaskarray(values)
        values = values.data
    elif not isinstance(values, np.ndarray):
        values = _array_of(values)
    if values.ndim != 1:
        raise _Refusal(f"expected one dimension, not {values.ndim}")
    kind = values.dtype.kind
    if kind == "M":
        return _dates(values, valid)
    if kind in "UT":
        return _texts(values.tolist(), valid)
    if kind == "O":
        return _objects(values.tolist(), valid, hint)
    if kind not in "fiub" or values.dtype.itemsize > 8:
        raise _Refusal(f"{values.dtype} is neither a number, a boolean, text nor a date")
    code = values.dtype.str[1:]
    if code == "u8":
        if len(values) and values.max() > np.iinfo(np.int64).max:
            raise _Refusal("whole numbers above 2^63 cannot be taken")
        values = values.astype(np.int64)
    # Makes no copy of what is already contiguous and of the right type.
    wanted = np.dtype("?" if kind == "b" else _WIDER.get(code, code if code != "u8" else "i8"))
    values = np.ascontiguousarray(values, dtype=wanted)
    if hint in ("text", "date", "boolean") and kind == "f" and np.isnan(values).all():
        return missing_column(len(values), hint)  # what readers of CSV make of a column without a value
    return _core.Column.numbers(values, None if valid is None else bitmap(valid))


def from_series(values: Any, name: str) -> _core.Column:
    """One column apart from any table: a Series of pandas or Polars, an Arrow array, a NumPy array or a sequence."""
    import narwhals.dependencies as known

    try:
        if known.is_pandas_series(values):
            return _from_pandas(values, "number")
        if known.is_polars_series(values):
            return _from_polars(values, "number")
        if known.is_pyarrow_chunked_array(values) or type(values).__module__.startswith("pyarrow"):
            return _from_pyarrow(values, "number")
        return from_array(values, "number")
    except (_Refusal, TypeError) as refusal:
        message = f"expected a column of numbers: {refusal}"
        raise WrongTypeError("wrong_type", message, Place(column=name)) from refusal


def _array_of(values: Iterable[Any]) -> npt.NDArray[Any]:
    """A NumPy array of what a sequence holds; text, dates and gaps stay objects."""
    listed = list(values)
    if any(value is None or isinstance(value, (str, datetime.date)) for value in listed):
        objects = np.empty(len(listed), dtype=object)
        objects[:] = listed
        return objects
    try:
        return np.asarray(listed)
    except ValueError as cause:
        raise _Refusal("expected one value a row") from cause


def _objects(values: list[Any], valid: npt.NDArray[np.bool_] | None, hint: Hint) -> _core.Column:
    if valid is not None:
        values = [value if good else None for value, good in zip(values, valid, strict=True)]
    try:  # text, which is what objects mostly are
        column = _core.Column.texts(values)
        return column if len(column.names) else missing_column(len(values), hint)
    except WrongTypeError:
        values = [_plain(value) for value in values]
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return missing_column(len(values), hint)
    if all(issubclass(kind, datetime.date) for kind in kinds):
        if any(isinstance(value, datetime.datetime) and value.tzinfo is not None for value in values):
            raise _Refusal(
                "these moments have a time zone: make them local days first (.astimezone(<your zone>).date())"
            )
        plain = [value.date() if isinstance(value, datetime.datetime) else value for value in values]
        return _dates(np.array(plain, dtype="datetime64[D]"), None)
    there = np.array([value is not None for value in values])
    if kinds == {bool}:
        return _core.Column.numbers(np.array([bool(value) for value in values]), bitmap(there))
    if kinds == {int}:
        try:
            return _core.Column.numbers(np.array([value or 0 for value in values], dtype=np.int64), bitmap(there))
        except OverflowError as cause:
            raise _Refusal("whole numbers of more than 64 bits cannot be taken") from cause
    if kinds <= {int, float, decimal.Decimal}:
        return _core.Column.numbers(np.array([np.nan if value is None else float(value) for value in values]))
    raise _Refusal(
        f"values of several types or of none that can be taken: {', '.join(sorted(k.__name__ for k in kinds))}"
    )


def _texts(values: list[str], valid: npt.NDArray[np.bool_] | None) -> _core.Column:
    if valid is None:
        return _core.Column.texts(values)
    return _core.Column.texts([value if good else None for value, good in zip(values, valid, strict=True)])


def _dates(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_] | None = None) -> _core.Column:
    """Dates, and moments without a time zone, whose time of day is dropped."""
    gone = np.isnat(values)
    days = values.astype("datetime64[D]").astype(np.int64)
    days[gone] = 0
    if len(days) and (days.min() < -(2**31) or days.max() >= 2**31):
        days = np.clip(days, -(2**31), 2**31 - 1)  # impossible dates stay impossible, and are rejected as such
    return _core.Column.dates(days.astype(np.int32), bitmap(~gone if valid is None else ~gone & valid))


def _from_pandas(series: Any, hint: Hint) -> _core.Column:
    pd = importlib.import_module("pandas")

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        names = dtype.categories
        if len(names) == 0:
            return missing_column(len(series), hint)
        if not all(isinstance(name, str) for name in names):
            return _from_pandas(series.astype(names.dtype), hint)
        codes = np.ascontiguousarray(series.array.codes, dtype=np.int32)
        return _core.Column.categories(codes, list(names))
    if isinstance(dtype, pd.DatetimeTZDtype):
        raise _Refusal(
            "these moments have a time zone: make them local days first (.dt.tz_convert(<your zone>).dt.tz_localize(None))"
        )
    if isinstance(dtype, pd.ArrowDtype):
        return _from_pyarrow(series.array.__arrow_array__(), hint)
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return from_array(series.to_numpy(), hint)
    if isinstance(dtype, np.dtype) and pd.api.types.infer_dtype(series, skipna=True) != "string":
        return _objects([None if value is pd.NaT or value is pd.NA else value for value in series], None, hint)
    if isinstance(dtype, (np.dtype, pd.StringDtype)):
        codes, names = pd.factorize(series)
        return (
            _core.Column.categories(codes.astype(np.int32), list(names))
            if len(names)
            else missing_column(len(series), hint)
        )
    if getattr(dtype, "kind", "") in tuple("iufb"):  # Int64, Float64, boolean with a mask
        gone = series.isna().to_numpy()
        plain = series.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        return from_array(np.ma.MaskedArray(plain, mask=gone), hint)
    raise _Refusal(f"{dtype} is neither a number, a boolean, text nor a date")


def _from_polars(series: Any, hint: Hint) -> _core.Column:
    pl = importlib.import_module("polars")

    dtype = series.dtype
    if dtype == pl.Null:
        return missing_column(len(series), hint)
    if dtype == pl.Datetime:
        if dtype.time_zone is not None:
            raise _Refusal(
                "these moments have a time zone: make them local days first (.dt.convert_time_zone(<your zone>).dt.date())"
            )
        series = series.cast(pl.Date)
    elif dtype in (pl.Int8, pl.Int16, pl.UInt8, pl.UInt16):
        series = series.cast(pl.Int32)
    elif dtype in (pl.UInt32, pl.UInt64):
        series = _narrow(lambda: series.cast(pl.Int64))
    elif dtype == pl.Decimal:
        series = series.cast(pl.Float64)
    elif not (
        dtype in (pl.Int32, pl.Int64, pl.Float32, pl.Float64, pl.Boolean, pl.Date, pl.String)
        or dtype in (pl.Categorical, pl.Enum)
    ):
        raise _Refusal(f"{dtype} is neither a number, a boolean, text nor a date")
    return _from_arrow(series, hint)


def _from_pyarrow(array: Any, hint: Hint) -> _core.Column:
    pa = importlib.import_module("pyarrow")
    types = pa.types

    kind = array.type
    if types.is_null(kind):
        return missing_column(len(array), hint)
    if types.is_timestamp(kind):
        if kind.tz is not None:
            raise _Refusal(
                "these moments have a time zone: make them local days first "
                "(.cast(pa.timestamp('us', <your zone>)), pyarrow.compute.local_timestamp, .cast(pa.date32(), safe=False))"
            )
        array = array.cast(pa.date32(), safe=False)
    elif types.is_date64(kind):
        array = array.cast(pa.date32())
    elif types.is_int8(kind) or types.is_int16(kind) or types.is_uint8(kind) or types.is_uint16(kind):
        array = array.cast(pa.int32())
    elif types.is_uint32(kind) or types.is_uint64(kind):
        array = _narrow(lambda: array.cast(pa.int64()))
    elif types.is_float16(kind):
        array = array.cast(pa.float32())
    elif types.is_decimal(kind):
        array = array.cast(pa.float64())
    return _from_arrow(array, hint)


def _narrow(cast: Any) -> Any:
    try:
        return cast()
    except Exception as cause:  # each library has an error of its own for it
        raise _Refusal("whole numbers above 2^63 cannot be taken") from cause


def _from_arrow(array: Any, hint: Hint) -> _core.Column:
    try:
        column = _core.Column.from_arrow(array)
    except TypeError as cause:
        raise _Refusal(getattr(cause, "message", str(cause))) from cause
    # As for NumPy: a column of numbers without a value fits whatever was meant.
    if (
        hint in ("text", "date", "boolean")
        and column.type in ("float32", "float64")
        and column.null_count == len(column)
    ):
        return missing_column(len(column), hint)
    return column


# ---- out --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """Text by codes; −1 is null."""

    codes: npt.NDArray[np.int32]
    names: Sequence[str]

    def take(self, rows: npt.NDArray[np.int64]) -> Text:
        return Text(self.codes[rows], self.names)


@dataclass(frozen=True)
class Ints:
    """Whole numbers or truths; where not valid, null."""

    values: npt.NDArray[Any]
    valid: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Dates:
    """Days since 1970-01-01; where not valid, null."""

    days: npt.NDArray[np.int32]
    valid: npt.NDArray[np.bool_] | None = None


Out = npt.NDArray[Any] | Text | Ints | Dates | list[str]
"""A computed column: an array (NaN is null), or one of the above, or plain text."""


def frame_of(kind: Kind, columns: Mapping[str, Out]) -> Any:
    """A frame of the caller's kind. A dict has NumPy arrays, where text, and truths of which some are unknown,
    are of dtype object and None is null. Whole numbers are signed, so that the difference of two tiers is one."""
    columns = {name: _signed(out) for name, out in columns.items()}
    if kind == "pandas":
        pd = importlib.import_module("pandas")

        return pd.DataFrame({name: _to_pandas(out) for name, out in columns.items()}, copy=False)
    if kind == "polars":
        pl = importlib.import_module("polars")

        return pl.DataFrame([_to_polars(name, out) for name, out in columns.items()])
    if kind == "pyarrow":
        pa = importlib.import_module("pyarrow")

        return pa.table({name: _to_pyarrow(out) for name, out in columns.items()})
    return {name: _to_numpy(out) for name, out in columns.items()}


def _signed(out: Out) -> Out:
    if isinstance(out, Ints):
        return Ints(_signed_array(out.values), out.valid)
    return _signed_array(out) if isinstance(out, np.ndarray) else out


def _signed_array(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values.astype(np.int32) if values.dtype in (np.uint8, np.uint16) else values


def _to_numpy(out: Out) -> npt.NDArray[Any]:
    if isinstance(out, Text):
        names = np.empty(len(out.names) + 1, dtype=object)
        names[:-1] = out.names
        return names[out.codes]  # −1 takes the last, which is None
    if isinstance(out, Ints) and out.values.dtype == np.bool_:
        if out.valid.all():
            return out.values
        truths = out.values.astype(object)
        truths[~out.valid] = None
        return truths
    if isinstance(out, Ints):
        return out.values if out.valid.all() else np.where(out.valid, out.values, np.nan)
    if isinstance(out, Dates):
        days = out.days.astype("datetime64[D]")
        if out.valid is not None:
            days[~out.valid] = np.datetime64("NaT")
        return days
    if isinstance(out, list):
        texts = np.empty(len(out), dtype=object)
        texts[:] = out
        return texts
    return out


def _to_pandas(out: Out) -> Any:
    pd = importlib.import_module("pandas")

    text = "str" if int(pd.__version__.split(".")[0]) >= 3 else "object"
    if isinstance(out, Text):
        return (
            pd.Series(pd.array(list(out.names), dtype=text).take(out.codes, allow_fill=True))
            if text == "str"
            else _to_numpy(out)
        )
    if isinstance(out, list):
        return pd.Series(out, dtype=text)
    if isinstance(out, Ints):
        truths = out.values.dtype == np.bool_
        return (pd.arrays.BooleanArray if truths else pd.arrays.IntegerArray)(out.values, ~out.valid)
    if isinstance(out, Dates):
        return _to_numpy(out).astype("datetime64[s]")
    return out


def _to_polars(name: str, out: Out) -> Any:
    pl = importlib.import_module("polars")

    if isinstance(out, Text):
        rows = np.where(out.codes < 0, len(out.names), out.codes)
        return pl.Series(name, [*out.names, None], dtype=pl.String).gather(rows)
    if isinstance(out, list):
        return pl.Series(name, out, dtype=pl.String)
    if isinstance(out, (Ints, Dates)):
        values = pl.Series(name, out.values) if isinstance(out, Ints) else pl.Series(name, out.days).cast(pl.Date)
        if out.valid is None:
            return values
        return pl.select(pl.when(pl.Series(out.valid)).then(values).alias(name)).to_series()
    return pl.Series(name, out, nan_to_null=True)


def _to_pyarrow(out: Out) -> Any:
    pa = importlib.import_module("pyarrow")

    if isinstance(out, Text):
        codes = pa.array(out.codes, mask=out.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(out.names), pa.string())).cast(pa.string())
    if isinstance(out, list):
        return pa.array(out, pa.string())
    if isinstance(out, Ints):
        return pa.array(out.values, mask=~out.valid)
    if isinstance(out, Dates):
        return pa.array(out.days, pa.int32(), mask=None if out.valid is None else ~out.valid).cast(pa.date32())
    return pa.array(out, from_pandas=out.dtype.kind == "f")


def as_written(frame: Any) -> dict[str, list[str]]:
    """A frame as the text that files hold: an unknown is the word "unknown", dates are YYYY-MM-DD, and a number has the
    fewest digits that read back as the same number. Column by column, so that a CSV or Parquet file can be written from it.

    >>> import numpy as np
    >>> as_written({"tier": np.array([1, 2]), "potential": np.array([0.1, np.nan])})
    {'tier': ['1', '2'], 'potential': ['0.1', 'unknown']}
    """
    source = Source(frame, "frame")
    return {name: source.column(name, "").written() for name in source.names}


def texts_of(raw: Any) -> npt.NDArray[np.str_]:
    """A column of the extension as text; what is unknown is empty."""
    out = out_of(raw)
    if isinstance(out, Text):
        return np.asarray([*out.names, ""], dtype=str)[out.codes]  # −1 takes the last
    return np.asarray(out, dtype=str)


def out_of(raw: Any) -> Out:
    """What the extension gives as a column: an array, a list of texts, ("text", codes, names), ("int", values, valid) or
    ("date", days, valid)."""
    if not isinstance(raw, tuple):
        return raw  # type: ignore[no-any-return]
    kind, values, more = raw
    if kind == "text":
        return Text(values, more)
    return Ints(values, more) if kind == "int" else Dates(values, more)
