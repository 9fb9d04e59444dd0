"""One rule for days written as text, in frames and in files: no day is guessed, and what is none is told why."""

import datetime
import re
from typing import Any

import numpy as np
import pytest
import tierwise
from hypothesis import given
from hypothesis import strategies as st
from tierwise import days

TERRITORY = tierwise.simulate.territory(hcps=40, seed=2)
ZONES = ("Z", "+08:00", "-0330", "+08", " UTC")


@given(
    st.dates(datetime.date(1, 1, 1)),
    st.sampled_from("-/"),
    st.booleans(),
    st.sampled_from(["", " 10:30", "T23:59:59", "T00:00:00.000001"]),
)
def test_every_way_to_write_a_day(day: datetime.date, mark: str, short: bool, clock: str) -> None:
    text = f"{day.year:04}{mark}{day.month if short else f'{day.month:02}'}{mark}{day.day if short else f'{day.day:02}'}{clock}"
    assert days.read(text) == day.isoformat()


@given(st.text(max_size=24) | st.from_regex(r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}.{0,8}", fullmatch=True))
def test_what_is_read_is_a_day_and_the_rest_has_a_reason(text: str) -> None:
    read = days.read(text)
    if read is None:
        assert days.fault(text) in (days.ZONE, days.NO_SUCH_DAY, days.EXPECTED)
    else:
        assert [int(part) for part in re.findall("[0-9]+", text)[:3]] == [int(part) for part in read.split("-")]


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_is_never_taken(zone: str) -> None:
    assert days.read(f"2026-03-01T10:00:00{zone}") is None
    assert days.fault(f"2026-03-01T10:00:00{zone}") == days.ZONE
    with pytest.raises(tierwise.DataError, match="write the local day") as caught:
        run(as_of=f"2026-03-01 10:00{zone}")
    assert caught.value.where.column == "as_of"


def run(contacts: Any = None, *, as_of: Any = TERRITORY.as_of, **more: Any) -> tierwise.Result:
    return tierwise.run(
        TERRITORY.hcps, TERRITORY.interactions if contacts is None else contacts, **{"as_of": as_of, **more}
    )


def test_frames_and_files_have_the_same_reasons(tmp_path: Any) -> None:
    files = pytest.importorskip("tierwise.files")
    texts = ["2026/3/1 10:00", "2026-02-30", "soon", "2026-03-01T10:00:00+08:00", *["2026-03-01"] * 5]
    contacts = {name: np.asarray(TERRITORY.interactions[name][: len(texts)]) for name in ("hcp_id", "channel")}
    result = run({**contacts, "date": np.array(texts, dtype=object)})
    told = dict(zip(result.rejected["row"].tolist(), result.rejected["reason"].tolist(), strict=True))
    assert told == {1: days.NO_SUCH_DAY, 2: days.EXPECTED, 3: days.ZONE}
    assert set(result.rejected["code"]) == {"invalid_date"}
    assert result.contacts_used == 6

    path = tmp_path / "t.csv"
    path.write_text("date\n" + "\n".join(texts) + "\n", encoding="utf-8")
    read = files.read(path, "interactions", [files.Wanted("date", "date")])
    assert {int(record): bad.reason for bad in read.rejected for record in bad.records} == told


def test_a_date_beyond_the_calendar_of_tierwise() -> None:
    contacts = {name: np.asarray(TERRITORY.interactions[name][:3]) for name in ("hcp_id", "channel")}
    result = run({**contacts, "date": np.array(["1899-12-31", "2026-01-01", "2026-01-02"], dtype=object)})
    assert result.rejected["reason"].tolist() == ["expected a date between 1900-01-01 and 2199-12-31"]


def test_a_table_of_moments_with_a_zone_is_refused_with_the_cure() -> None:
    texts = np.array([f"{day}T10:00:00Z" for day in TERRITORY.interactions["date"]], dtype=object)
    with pytest.raises(tierwise.DataError, match=r"fit nothing \(invalid_date: .*time zone.*write the local day"):
        run({**TERRITORY.interactions, "date": texts})


def test_consents_and_history_read_days_alike() -> None:
    consents = {name: np.asarray(values).astype(object) for name, values in TERRITORY.consents.items()}
    plain = run(consents=consents)
    consents["from"] = np.array(
        [
            None if day != day or day is None else f"{day} 08:00".replace("-", "/")
            for day in TERRITORY.consents["from"].astype(str)
        ],
        dtype=object,
    )
    consents["from"][[text == "NaT 08:00" for text in consents["from"]]] = None
    same = run(consents=consents)
    assert same.recommendations["reason"].tolist() == plain.recommendations["reason"].tolist()
    consents["from"][0] = "2026-03-01T10:00Z"
    assert days.ZONE in run(consents=consents).rejected["reason"].tolist()
    history = {name: np.asarray(values).astype(object) for name, values in TERRITORY.history.items()}
    history["date"] = history["date"].astype(str).astype(object)
    history["date"][2] = "2026-02-30"
    assert run(history=history).rejected["reason"].tolist() == [days.NO_SUCH_DAY]


def test_objects_that_are_moments() -> None:
    moments = [datetime.datetime.fromisoformat(f"{day}T22:00:00") for day in TERRITORY.interactions["date"]]
    contacts = {**TERRITORY.interactions, "date": moments}
    assert run(contacts).segments["reason"].tolist() == run().segments["reason"].tolist()
    contacts["date"] = [moment.replace(tzinfo=datetime.timezone.utc) for moment in moments]
    with pytest.raises(tierwise.WrongTypeError, match=r"astimezone\(<your zone>\)"):
        run(contacts)


def test_the_cures_for_columns_with_a_zone_work() -> None:
    """What the messages advise gives the days of that zone: 20:00 in London is the next day in Shanghai."""
    pd, pa, pl = (pytest.importorskip(name) for name in ("pandas", "pyarrow", "polars"))
    pc = pytest.importorskip("pyarrow.compute")
    moments = pd.to_datetime(pd.Series(TERRITORY.interactions["date"])).dt.tz_localize("UTC") + pd.Timedelta("20h")
    frame = pd.DataFrame({name: np.asarray(values) for name, values in TERRITORY.interactions.items()})
    frame["date"] = moments
    zone = "Asia/Shanghai"
    expected = run(
        {**TERRITORY.interactions, "date": np.asarray(TERRITORY.interactions["date"]).astype("datetime64[D]") + 1}
    )

    with pytest.raises(tierwise.WrongTypeError, match=r"\.dt\.tz_convert\(<your zone>\)\.dt\.tz_localize\(None\)"):
        run(frame)
    given = [frame.assign(date=moments.dt.tz_convert(zone).dt.tz_localize(None))]
    arrow = pa.Table.from_pandas(frame)
    with pytest.raises(tierwise.WrongTypeError, match=r"pa\.timestamp\('us', <your zone>\).*local_timestamp.*date32"):
        run(arrow)
    local = pc.local_timestamp(arrow["date"].cast(pa.timestamp("us", zone))).cast(pa.date32(), safe=False)
    given.append(arrow.set_column(arrow.column_names.index("date"), "date", local))
    polar = pl.from_pandas(frame)
    with pytest.raises(tierwise.WrongTypeError, match=r"\.dt\.convert_time_zone\(<your zone>\)\.dt\.date\(\)"):
        run(polar)
    given.append(polar.with_columns(pl.col("date").dt.convert_time_zone(zone).dt.date()))
    for cured in given:
        assert run(cured).segments["reason"].tolist() == expected.segments["reason"].tolist()
    moment = pd.Timestamp("2026-06-30 20:00", tz="UTC")
    with pytest.raises(tierwise.WrongTypeError, match=r"astimezone\(<your zone>\)\.date\(\)"):
        run(as_of=moment)
    with pytest.raises(tierwise.WrongTypeError, match="expected text YYYY-MM-DD"):
        run(as_of=pd.NaT)
