"""Frames, series and tables: index, types, categories and time zones come back."""

import datetime as dt
import decimal
import math

import numpy as np
import pandas as pd
import polars as pl
import polars.testing
import pyarrow as pa
import pytest

from threadbook.errors import ArtifactInvalid

DAYS = pd.date_range("2024", periods=3, tz="Europe/Berlin")
FRAMES = {
    "numbers": pd.DataFrame({"a": [1, 2], "b": [0.5, math.nan]}),
    "default columns": pd.DataFrame([[1, 2]]),
    "empty": pd.DataFrame(),
    "no rows": pd.DataFrame(columns=["a"]),
    "no columns": pd.DataFrame(index=[3, 1]),
    "index of times": pd.DataFrame({"a": [1, 2, 3]}, index=DAYS),
    "range": pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(2, 6, 2, name="q")),
    "several levels": pd.DataFrame(
        {"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(1, "a"), (2, "b")], names=["i", "j"])
    ),
    "several levels of columns": pd.DataFrame(
        [[1, 2]], columns=pd.MultiIndex.from_tuples([(1, "a"), (2, "b")])
    ),
    "time zone": pd.DataFrame({"a": DAYS}),
    "seconds": pd.DataFrame({"a": np.array(["2024-01-01"], dtype="M8[s]")}),
    "differences": pd.DataFrame({"a": pd.to_timedelta([1, 2], unit="ns")}),
    "ordered categories": pd.DataFrame(
        {"a": pd.Categorical(["x", None], categories=["y", "x", "z"], ordered=True)}
    ),
    "categories that are numbers": pd.DataFrame(
        {"a": pd.Categorical([1, None, 3], categories=[3, 1, 2]), "b": ["x", "y", "z"]}
    ),
    "text": pd.DataFrame({"a": ["é", None]}),
    "text as objects": pd.DataFrame({"a": ["é", None]}, dtype=object),
    "text as objects with nan": pd.DataFrame({"a": pd.Series(["é", math.nan], dtype=object)}),
    "integers as objects": pd.DataFrame({"a": pd.Series([1, None], dtype=object)}),
    "lists": pd.DataFrame({"a": [[1, 2], [3]]}),
    "dicts": pd.DataFrame({"a": [{"x": 1}, {"x": 2}]}),
    "dates": pd.DataFrame({"a": [dt.date(2024, 1, 1)]}),
    "decimals": pd.DataFrame({"a": [decimal.Decimal("1.10")]}),
    "bytes": pd.DataFrame({"a": [b"x", None]}),
    "nullable": pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}),
    "periods": pd.DataFrame({"a": pd.period_range("2024", periods=2, freq="M")}),
    "intervals": pd.DataFrame({"a": pd.interval_range(0, 2)}),
}


def same_index(one, other):
    assert one.equals(other)
    assert one.names == other.names
    assert one.nlevels > 1 or one.dtype == other.dtype


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_frames_of_pandas_come_back(artifacts, frame):
    saved = artifacts.save("a", frame)
    again = artifacts.load("a")
    same_index(again.index, frame.index)
    same_index(again.columns, frame.columns)
    pd.testing.assert_frame_equal(
        again.set_axis(range(len(again))).set_axis(range(again.shape[1]), axis=1),
        frame.set_axis(range(len(frame))).set_axis(range(frame.shape[1]), axis=1),
        check_exact=True,
    )
    for name in frame.columns:
        for one, other in zip(frame[name], again[name], strict=True):
            assert type(one) is type(other)
    assert (saved.type, saved.codec) == ("pandas.DataFrame", "parquet")
    assert " x ".join(map(str, frame.shape)) in saved.preview


def test_attributes_of_a_frame_come_back(artifacts):
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"source": ["x", {"n": 1}]}
    artifacts.save("a", frame)
    assert artifacts.load("a").attrs == frame.attrs
    frame.attrs = {"source": {1}}
    with pytest.raises(ArtifactInvalid, match="attrs"):
        artifacts.save("a", frame)


@pytest.mark.parametrize("name", ["n", None, "é"])
def test_series_of_pandas_come_back(artifacts, name):
    series = pd.Series(pd.Categorical([2, 1]), index=["x", "y"], name=name)
    artifacts.save("a", series)
    pd.testing.assert_series_equal(artifacts.load("a"), series)
    with pytest.raises(ArtifactInvalid, match="name of the series"):
        artifacts.save("a", series.rename(5))


BAD_FRAMES = {
    "objects": ("bad", pd.DataFrame({"good": [1], "bad": [object()]})),
    "several types": ("bad", pd.DataFrame({"good": [1, 2], "bad": [1, "x"]})),
    "integer and float": ("bad", pd.DataFrame({"bad": pd.Series([1, 1.5], dtype=object)})),
    "two kinds of nothing": (
        "bad",
        pd.DataFrame({"bad": pd.Series(["x", None, math.nan], dtype=object)}),
    ),
    "dicts that differ": ("bad", pd.DataFrame({"bad": [{"x": 1}, {"y": 2}]})),
    "tuples": ("bad", pd.DataFrame({"bad": [(1, 2)]})),
    "categories that are times": ("bad", pd.DataFrame({"bad": pd.Categorical(DAYS)})),
    "complex": ("bad", pd.DataFrame({"bad": [1j]})),
    "sparse": ("bad", pd.DataFrame({"bad": pd.arrays.SparseArray([0, 1])})),
    "columns of several types": ("several types", pd.DataFrame([[1, 2]], columns=[1, "a"])),
    "columns of one name": ("one name", pd.DataFrame([[1, 2]], columns=["a", "a"])),
}


@pytest.mark.parametrize(("said", "frame"), BAD_FRAMES.values(), ids=BAD_FRAMES)
def test_n82_what_a_table_does_not_carry_is_refused_by_name(agent, said, frame):
    with pytest.raises(ArtifactInvalid, match=said):
        agent.artifacts.save("a", frame)
    assert agent.blobs() == []


def test_a_frame_of_a_derived_class_is_refused(artifacts):
    class Other(pd.DataFrame):
        pass

    with pytest.raises(ArtifactInvalid, match=r"pandas\.DataFrame"):
        artifacts.save("a", Other({"a": [1]}))


def test_frames_of_polars_come_back(artifacts):
    frame = pl.DataFrame(
        {
            "a": [1, None],
            "b": ["x", "é"],
            "c": [[1], []],
            "d": [{"x": 1}, {"x": None}],
            "e": [dt.datetime(2024, 1, 1), None],  # noqa: DTZ001  one without a zone
            "f": [math.nan, 1.5],
            "g": [decimal.Decimal("1.10"), None],
            "h": [dt.timedelta(1), dt.timedelta(2)],
        },
        schema_overrides={"b": pl.Enum(["é", "x"]), "e": pl.Datetime("us", "Europe/Berlin")},
    )
    saved = artifacts.save("a", frame)
    again = artifacts.load("a")
    assert again.schema == frame.schema
    pl.testing.assert_frame_equal(again, frame)
    assert saved.type == "polars.DataFrame"
    series = pl.Series("s", [1, 2], dtype=pl.Int8)
    artifacts.save("s", series)
    pl.testing.assert_series_equal(artifacts.load("s"), series)
    with pytest.raises(ArtifactInvalid, match="bad"):
        artifacts.save("a", pl.DataFrame({"bad": [object()]}, schema={"bad": pl.Object}))


def test_tables_of_arrow_come_back(artifacts):
    table = pa.table(
        {
            "a": pa.array([1, None], pa.int16()),
            "b": pa.array([1.5, 2.5]).dictionary_encode(),
            "c": pa.array(["x", "y"]).dictionary_encode(),
            "d": pa.array([[1], None], pa.list_(pa.int64())),
        },
        metadata={"by": "me"},
    )
    artifacts.save("a", table)
    again = artifacts.load("a")
    assert again.schema == table.schema
    assert again.schema.metadata == table.schema.metadata
    assert again.equals(table)
    halves = pa.concat_tables([table.slice(1), table.slice(0, 1)])
    artifacts.save("b", halves)
    assert artifacts.load("b").to_pydict() == halves.to_pydict()
    artifacts.save("c", table.slice(0, 0))
    assert artifacts.load("c").schema == table.schema


def test_what_is_not_a_number_comes_back_as_that(artifacts):
    values = {kind: pa.array([math.nan, None, 1.5], kind) for kind in (pa.float32(), pa.float64())}
    columns = [*values.values(), pa.array([[math.nan], None, [1.5, None]])]
    table = pa.table(columns, names=["a", "b", "c"])
    artifacts.save("a", table)
    assert str(artifacts.load("a").to_pydict()) == str(table.to_pydict())
    frame = pl.DataFrame({"a": [math.nan, None, 1.5], "b": [[math.nan], None, []]})
    artifacts.save("b", frame)
    assert str(artifacts.load("b").to_dict(as_series=False)) == str(frame.to_dict(as_series=False))


def test_a_table_with_columns_of_one_name_is_refused(artifacts):
    table = pa.table([pa.array([1]), pa.array([2])], names=["twin", "twin"])
    with pytest.raises(ArtifactInvalid, match="twin"):
        artifacts.save("a", table)


def test_another_program_reads_the_file(artifacts):
    artifacts.save("a.parquet", pd.DataFrame({"a": pd.Categorical([2, 1]), "b": ["x", None]}))
    read = pl.read_parquet(artifacts.path("a.parquet"))
    assert read["a"].to_list() == [2, 1]
    assert read["b"].to_list() == ["x", None]
