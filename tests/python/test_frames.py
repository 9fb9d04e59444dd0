"""Whatever kind of frame comes in, the same answers come out, and what can be shared is not copied."""

from __future__ import annotations

import datetime
import subprocess
import sys

import numpy as np
import pytest
import tierwise
from tables import FRAMES, as_kind, as_objects, digest, iowa
from tierwise import _core
from tierwise._frames import Source

KINDS = ["dict", "pandas", "polars", "pyarrow"]


@pytest.fixture(scope="module")
def territory():
    return tierwise.simulate.territory(hcps=400, seed=3)


def run(territory, kind):
    return tierwise.run(
        as_kind(territory.hcps, kind),
        as_kind(territory.interactions, kind),
        consents=as_kind(territory.consents, kind),
        history=as_kind(territory.history, kind),
        as_of=territory.as_of,
        trace=True,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_bytes_and_its_own_frames(territory, kind):
    result = run(territory, kind)
    assert result.kind == kind
    assert digest(result) == digest(run(territory, "dict"))
    module = type(result.segments).__module__.split(".")[0]
    assert module == ("builtins" if kind == "dict" else kind)
    assert len(result.segments["tier"]) == 400


@pytest.mark.parametrize("kind", KINDS)
def test_real_contacts_give_the_same_bytes_in_every_kind(kind):
    hcps, contacts, policy = iowa()
    contacts = {name: contacts[name] for name in ("event_id", "hcp_id", "date", "nature", "amount_usd")}
    expected = digest(tierwise.run(hcps, contacts, policy=policy))
    assert digest(tierwise.run(as_kind(hcps, kind), as_kind(contacts, kind), policy=policy)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_named_as_documented(territory, kind):
    result = run(territory, kind)
    names = {name: list(tierwise.as_written(getattr(result, name))) for name in FRAMES}
    assert names["segments"] == [
        "hcp_id", "potential", "decile", "grade", "identity_score", "identity_coverage", "identity_level", "engagement_score",
        "engagement_coverage", "engagement_level", "profile_type", "tier", "resources", "reason",
    ]  # fmt: skip
    assert names["recommendations"] == [
        "hcp_id", "rank", "action_id", "channel", "content_id", "priority", "propensity", "context", "value", "lever", "reason", "expires",
    ]  # fmt: skip
    assert names["tags"] == ["hcp_id", "tag", "layer", "since", "source"]
    assert names["dropped"] == ["stage", "rule", "candidates", "hcps"]
    assert names["dropped_candidates"] == ["hcp_id", "action_id", "channel", "content_id", "stage", "rule"]
    assert names["rejected"] == ["table", "row", "column", "code", "reason"]


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_numbers_are_nulls_and_are_written_as_unknown(territory, kind):
    hcps = dict(territory.hcps)
    hcps["patient_volume"] = np.full(400, np.nan)
    hcps["patients_per_week"] = np.full(400, np.nan)
    segments = tierwise.run(as_kind(hcps, kind), as_of="2026-06-30").segments
    source = Source(segments, "segments")
    assert all(source.column(name).null_count == 400 for name in ("potential", "decile", "grade", "engagement_score"))
    written = tierwise.as_written(segments)
    assert set(written["potential"]) == set(written["decile"]) == set(written["grade"]) == {"unknown"}
    assert all(cell for column in written.values() for cell in column)  # never an empty cell


# ---- no copies --------------------------------------------------------------------------------------------------------


def test_numpy_columns_are_shared():
    for dtype in (np.float32, np.float64, np.int32, np.int64, np.bool_):
        array = np.ones(100, dtype=dtype)
        assert Source({"c": array}, "t").column("c").address == array.ctypes.data


def test_pandas_columns_are_shared():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {"a": np.arange(50.0), "b": np.arange(50), "c": np.ones(50, dtype=bool), "d": np.arange(50.0) * 2}
    )
    for name in frame:
        assert Source(frame, "t").column(name).address == frame[name].to_numpy().ctypes.data
    many = np.arange(50_000, dtype=np.int32)  # so many names that pandas keeps int32 codes
    coded = pd.DataFrame({"c": pd.Categorical.from_codes(many, [str(i) for i in many])})
    assert Source(coded, "t").column("c").address == coded["c"].array.codes.ctypes.data


def test_polars_columns_are_shared():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"a": np.arange(50.0), "b": np.arange(50), "n": [1.5, None] * 25})
    for name in frame.columns:
        column = Source(frame, "t").column(name)
        assert column.address == Source(frame, "t").column(name).address  # an export that copied would land elsewhere
        if not frame[name].null_count():
            assert column.address == frame[name].to_numpy(allow_copy=False).ctypes.data
    days = pl.Series([datetime.date(2020, 1, 1)] * 3)
    assert (
        Source(pl.DataFrame({"d": days}), "t").column("d").address
        == days.to_physical().to_numpy(allow_copy=False).ctypes.data
    )


def test_pyarrow_columns_are_shared():
    pa = pytest.importorskip("pyarrow")
    table = pa.table(
        {"a": np.arange(50.0), "n": pa.array([1, None] * 25), "c": pa.array(["x", "y"] * 25).dictionary_encode()}
    )
    for name in ("a", "n"):
        assert Source(table, "t").column(name).address == table[name].chunk(0).buffers()[1].address
    assert Source(table, "t").column("c").address == table["c"].chunk(0).indices.buffers()[1].address
    sliced = table["a"].slice(7, 20)
    assert _core.Column.from_arrow(sliced).address == table["a"].chunk(0).buffers()[1].address + 7 * 8


def test_views_keep_their_owners_alive():
    pa = pytest.importorskip("pyarrow")
    for make in (lambda: {"c": np.arange(1000.0)}, lambda: pa.table({"c": np.arange(1000.0)})):
        column = Source(make(), "t").column("c")
        import gc

        gc.collect()
        [np.full(1000, -1.0) for _ in range(50)]  # would land on freed memory
        assert column.numbers_copy().tolist() == list(range(1000))


def test_a_consumed_capsule_is_refused():
    pa = pytest.importorskip("pyarrow")

    class Again:
        def __init__(self, array):
            self.capsules = array.__arrow_c_array__()

        def __arrow_c_array__(self, requested_schema=None):
            return self.capsules

    again = Again(pa.array([1.0, 2.0]))
    assert len(_core.Column.from_arrow(again)) == 2
    with pytest.raises(tierwise.WrongTypeError, match="consumed before"):
        _core.Column.from_arrow(again)


def test_profile_columns_are_read_only_views(territory):
    policy = tierwise.Policy.default()
    profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
    points = profile.frame["points"]
    assert points.base is not None and not points.flags.writeable


# ---- every type that frames have --------------------------------------------------------------------------------------


def same(column, expected):
    assert column.written() == expected


def test_arrow_arrays_are_read_with_nulls_slices_and_chunks():
    pa = pytest.importorskip("pyarrow")
    of = _core.Column.from_arrow
    for kind in (pa.float32(), pa.float64(), pa.int32(), pa.int64()):
        same(of(pa.array([0, 1, None, 3, 4], kind).slice(1, 3)), ["1", "unknown", "3"])
    same(of(pa.array([True, None, False, True] * 5).slice(1, 3)), ["unknown", "false", "true"])
    same(of(pa.array([datetime.date(2020, 2, 29), None])), ["2020-02-29", "unknown"])
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        same(
            of(pa.array(["a", None, "a long text that is not inlined", "a", "肿瘤"], kind).slice(1)),
            ["unknown", "a long text that is not inlined", "a", "肿瘤"],
        )
    for index in (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()):
        array = pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 2], index), pa.array(["x", "y", "x"]))
        same(of(array.slice(1)), ["y", "unknown", "x"])
        assert len(of(array).names) == 2  # a name that is there twice is one name
    same(of(pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array([None, "b"]))), ["unknown", "b"])
    for parts in (
        [[1.0, None], [], [2.0]],
        [["a"], ["b", None], ["a"]],
        [[True], [None], [False]],
        [[datetime.date(2020, 1, 1)], [None]],
    ):
        chunked = pa.chunked_array(parts)
        same(of(chunked), of(pa.concat_arrays(chunked.chunks)).written())
    differing = pa.chunked_array([pa.array(["a", "b"]).dictionary_encode(), pa.array(["b", "c"]).dictionary_encode()])
    same(of(differing), ["a", "b", "b", "c"])
    for kind in (pa.float64(), pa.string(), pa.bool_(), pa.date32(), pa.dictionary(pa.int32(), pa.string())):
        assert len(of(pa.chunked_array([], kind))) == len(of(pa.array([], kind))) == 0


def test_arrow_types_that_mean_nothing_here_are_refused():
    pa = pytest.importorskip("pyarrow")
    for array in (pa.array([[1]]), pa.array([b"x"]), pa.array([datetime.timedelta(1)]), pa.array([datetime.time(1)])):
        with pytest.raises(tierwise.WrongTypeError) as caught:
            Source(pa.table({"c": array}), "hcps").column("c")
        assert caught.value.where.column == "c"


def test_numpy_arrays_of_every_type():
    def of(values, hint=""):
        return Source({"c": values}, "t").column("c", hint)

    for code in ("i1", "i2", "u1", "u2", "u4", "u8", ">i4", ">f8", "f2"):
        same(of(np.array([0, 1, 2], dtype=code)), ["0", "1", "2"])
    same(of(np.arange(10.0)[::3]), ["0", "3", "6", "9"])
    same(of(np.ma.MaskedArray([1, 2], mask=[True, False])), ["unknown", "2"])
    same(of(np.array(["2020-01-02", "NaT"], dtype="datetime64[D]")), ["2020-01-02", "unknown"])
    same(of(np.array(["2020-01-02T23:59"], dtype="datetime64[ns]")), ["2020-01-02"])
    same(of(np.array(["b", "a", "b"])), ["b", "a", "b"])
    same(of(as_objects(["x", None, np.nan])), ["x", "unknown", "unknown"])
    same(of([1, None, 3]), ["1", "unknown", "3"])
    same(of([True, None]), ["true", "unknown"])
    same(of([datetime.date(2020, 1, 2), None]), ["2020-01-02", "unknown"])
    same(of(np.full(2, np.nan), "text"), ["unknown", "unknown"])
    assert of(np.full(2, np.nan), "text").type == "category"
    for bad in (
        np.array([1 + 2j]),
        np.array([[1.0]]),
        [object()],
        ["a", 1],
        np.array([2**63], dtype="u8"),
        [2**70],
        np.array([b"x"]),
    ):
        with pytest.raises(tierwise.WrongTypeError):
            of(bad)
    with pytest.raises(tierwise.DataError, match="not_utf8"):
        of(["\ud800"])


def test_pandas_columns_of_every_type():
    pd = pytest.importorskip("pandas")

    def of(series, hint=""):
        return Source(pd.DataFrame({"c": series}), "t").column("c", hint)

    same(of(pd.Series([1, None], dtype="Int64")), ["1", "unknown"])
    same(of(pd.Series([1.5, None], dtype="Float32")), ["1.5", "unknown"])
    same(of(pd.Series([True, None], dtype="boolean")), ["true", "unknown"])
    same(of(pd.Series(["a", None, "b"], dtype="string")), ["a", "unknown", "b"])
    same(of(pd.Series(["a", None, "b"], dtype="category")), ["a", "unknown", "b"])
    same(of(pd.Series([5, 6, 5], dtype="category")), ["5", "6", "5"])
    same(of(pd.Series(["a", None, "b"], dtype=object)), ["a", "unknown", "b"])
    same(of(pd.Series([datetime.date(2020, 1, 2), None], dtype=object)), ["2020-01-02", "unknown"])
    same(of(pd.to_datetime(pd.Series(["2020-01-02", None]))), ["2020-01-02", "unknown"])
    same(of(pd.Series([None, None], dtype=object), "number"), ["unknown", "unknown"])
    same(of(pd.DataFrame(np.arange(6.0).reshape(3, 2))[1]), ["1", "3", "5"])
    with pytest.raises(tierwise.WrongTypeError, match="time zone"):
        of(pd.to_datetime(pd.Series(["2020-01-02"])).dt.tz_localize("UTC"))
    with pytest.raises(tierwise.WrongTypeError):
        of(pd.Series(["a", 1], dtype=object))
    if pytest.importorskip("importlib.util").find_spec("pyarrow"):
        same(of(pd.Series([1, None], dtype="int64[pyarrow]")), ["1", "unknown"])
        same(of(pd.Series(["a", None], dtype="string[pyarrow]")), ["a", "unknown"])


def test_polars_columns_of_every_type():
    pl = pytest.importorskip("polars")

    def of(values, dtype=None, hint=""):
        return Source(pl.DataFrame({"c": pl.Series(values, dtype=dtype)}), "t").column("c", hint)

    for dtype in (
        pl.Int8,
        pl.UInt8,
        pl.Int16,
        pl.UInt16,
        pl.Int32,
        pl.UInt32,
        pl.Int64,
        pl.UInt64,
        pl.Float32,
        pl.Float64,
        pl.Decimal(10, 2),
    ):
        same(of([1, None, 2], dtype), ["1", "unknown", "2"])
    for dtype in (pl.String, pl.Categorical, pl.Enum(["b", "a"])):
        same(of(["a", None, "b"], dtype), ["a", "unknown", "b"])
    same(of([True, None]), ["true", "unknown"])
    same(of([datetime.datetime(2020, 1, 2, 23)]), ["2020-01-02"])
    same(of([None, None]), ["unknown", "unknown"])
    with pytest.raises(tierwise.WrongTypeError, match="2\\^63"):
        of([2**63], pl.UInt64)
    for bad in ([[1]], [datetime.timedelta(1)]):
        with pytest.raises(tierwise.WrongTypeError):
            of(bad)
    with pytest.raises(tierwise.WrongTypeError, match="collect"):
        Source(pl.LazyFrame({"a": [1]}), "hcps")


def test_structured_arrays_are_tables():
    rows = np.array([("a", 1.0), ("b", 2.0)], dtype=[("hcp_id", "U4"), ("x", "f4")])
    source = Source(rows, "t")
    assert source.names == ["hcp_id", "x"] and len(source) == 2
    same(source.column("x"), ["1", "2"])


def test_bad_tables_are_named():
    with pytest.raises(tierwise.DataError, match=r"length_mismatch.*'b'"):
        Source({"a": [1], "b": [1, 2]}, "hcps")
    with pytest.raises(TypeError, match="'hcps'"):
        Source(42, "hcps")
    with pytest.raises(LookupError, match="missing_column"):
        Source({"a": [1]}, "hcps").column("b")


def test_import_is_quick_and_brings_no_frame_library():
    code = "import sys, time; import numpy; t = time.perf_counter(); import tierwise; t = time.perf_counter() - t\n"
    code += "assert not {'pandas', 'polars', 'pyarrow'} & set(sys.modules), 'imported a frame library'; print(t)"
    times = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
        for _ in range(3)
    ]
    assert min(times) < 0.15
