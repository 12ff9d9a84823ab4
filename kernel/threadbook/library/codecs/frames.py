"""Frames and series of pandas as tables of Arrow, and back, with what Arrow has no word for."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from threadbook.errors import ArtifactInvalid
from threadbook.library.codecs.codec import is_a, optional
from threadbook.library.codecs.plain import fits_json
from threadbook.values import pack_value

_NOTES = b"threadbook.pandas"
_NOT_A_NUMBER = "object, missing is nan"


class _Notes(msgspec.Struct, frozen=True):
    """What comes back with a table: the types of columns and index, and attributes of the frame.

    A column of objects is made of the values that Arrow has; `name` is that of a series.
    """

    dtypes: list[str]
    index: str | None
    attrs: dict[str, Any]
    name: str | None = None


def to_table(value: Any) -> Any:
    """Return a frame or series of pandas as a table. Raises ArtifactInvalid, naming the column."""
    arrow = optional("pyarrow")
    is_series = is_a(value, "pandas", "Series")
    frame = _framed(value) if is_series else value
    if len({type(name) for name in frame.columns}) > 1:
        raise ArtifactInvalid("the names of columns are of several types", remedy="make them str")
    if not frame.columns.is_unique:
        raise ArtifactInvalid("two columns have one name", remedy="rename one")
    if not fits_json(frame.attrs):
        raise ArtifactInvalid("frame.attrs holds what JSON cannot say")
    try:
        table = arrow.Table.from_pandas(frame)
    except (arrow.ArrowException, TypeError, ValueError) as error:
        raise ArtifactInvalid(f"{error.args[-1]}: {error.args[0]}") from error
    notes = _Notes(
        dtypes=[_dtype_of(column) for _, column in frame.items()],
        index=str(frame.index.dtype) if frame.index.nlevels == 1 else None,
        attrs=frame.attrs,
        name=value.name if is_series else None,
    )
    metadata = {**table.schema.metadata, _NOTES: msgspec.json.encode(notes)}
    return table.replace_schema_metadata(metadata)


def from_table(table: Any, type_name: str) -> Any:
    """Return the frame or series that `to_table` made a table of; other tables do as well."""
    optional("pandas")
    metadata = table.schema.metadata or {}
    frame = table.to_pandas()
    if _NOTES in metadata:
        notes = msgspec.json.decode(metadata[_NOTES], type=_Notes)
        _restore(frame, table, notes)
        if type_name == "pandas.Series":
            return frame.iloc[:, 0].rename(notes.name)
    return frame.iloc[:, 0] if type_name == "pandas.Series" else frame


def compare(before: Any, after: Any) -> None:
    """Raise ArtifactInvalid, naming the column, if a value did not come back as it was."""
    if is_a(before, "pandas", "Series"):
        if before.name != after.name:
            raise changed(before.name)
        before, after = _framed(before), _framed(after)
    if not _is_same_index(before.columns, after.columns):
        raise ArtifactInvalid("the names of columns would change", remedy="make them str")
    if not _is_same_index(before.index, after.index):
        raise ArtifactInvalid("the index would change", remedy="save frame.reset_index()")
    equal = optional("pandas.testing").assert_series_equal
    for (name, one), (_, other) in zip(before.items(), after.items(), strict=True):
        try:
            equal(one, other, check_exact=True, check_freq=False, check_index=False)
        except AssertionError:
            raise changed(name) from None
        if one.dtype == object and not all(map(_is_same, one, other)):
            raise changed(name)


def changed(name: Any) -> ArtifactInvalid:
    """Return the error for a column that a table does not carry."""
    return ArtifactInvalid(
        f"column {name!r} would not come back as it is",
        remedy="give it one type that Arrow has, such as str, float64 or datetime64",
    )


def _framed(series: Any) -> Any:
    if series.name is not None and type(series.name) is not str:
        raise ArtifactInvalid(
            f"the name of the series is no str: {series.name!r}", remedy="rename it"
        )
    return series.to_frame("values")


def _dtype_of(column: Any) -> str:
    if column.dtype != object:
        return str(column.dtype)
    absent = column[column.isna()]
    is_nan = any(isinstance(item, float) for item in absent)
    return _NOT_A_NUMBER if is_nan else "object"


def _restore(frame: Any, table: Any, notes: _Notes) -> None:
    frame.attrs = notes.attrs
    for number, dtype in enumerate(notes.dtypes):
        if dtype.startswith("object"):
            absent = math.nan if dtype == _NOT_A_NUMBER else None
            items = table.column(number).to_pylist()
            frame.isetitem(number, _objects(frame, items, absent))
        elif str(frame.dtypes.iloc[number]) != dtype:
            frame.isetitem(number, frame.iloc[:, number].astype(dtype))
    if notes.index is not None and str(frame.index.dtype) != notes.index:
        frame.index = frame.index.astype(notes.index)


def _objects(frame: Any, items: list[Any], absent: Any) -> Any:
    pandas = optional("pandas")
    values = [absent if item is None else item for item in items]
    return pandas.Series(values, index=frame.index, dtype=object)


def _is_same_index(one: Any, other: Any) -> bool:
    """Tell whether two indexes are equal but for what can be computed: a range, a frequency."""
    types = [[*index.dtypes] if index.nlevels > 1 else index.dtype for index in (one, other)]
    return bool(one.equals(other) and [*one.names] == [*other.names] and types[0] == types[1])


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether two objects are equal and of one type, and so all in them."""
    return type(one) is type(other) and pack_value(one) == pack_value(other)
