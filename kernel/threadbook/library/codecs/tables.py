"""Tables as Parquet: those of pyarrow and polars, and what frames of pandas become."""

from __future__ import annotations

import base64
import io
import json
from typing import Any, BinaryIO

from threadbook.errors import ArtifactInvalid
from threadbook.library.codecs import frames
from threadbook.library.codecs.codec import ValueCodec, is_a, optional

_DICTIONARIES = b"threadbook.dictionaries"
"""Names, in the metadata of a schema, what Parquet does not tell: dictionaries that are no text."""

_TYPES = (
    ("pandas", "DataFrame"),
    ("pandas", "Series"),
    ("polars", "DataFrame"),
    ("polars", "Series"),
    ("pyarrow", "Table"),
)


class ParquetCodec(ValueCodec):
    """Frames, series and tables; what was written is read again, and refused if it changed."""

    name = "parquet"
    accepts = ", ".join(f"{module}.{name}" for module, name in _TYPES)

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        found = (f"{module}.{name}" for module, name in _TYPES if is_a(value, module, name))
        return next(found, None)

    def media_type(self, name: str) -> str:  # noqa: ARG002
        """See Codec.media_type."""
        return "application/vnd.apache.parquet"

    def encode(self, value: Any, to: BinaryIO) -> None:
        """See Codec.encode."""
        type_name = self.type_of(value) or ""
        if type_name.startswith("polars"):
            _write_polars(value, to)
        elif type_name.startswith("pandas"):
            _write_arrow(frames.to_table(value), to)
        else:
            _write_arrow(value, to)
        to.seek(0)
        _compare(value, self.decode(to, type_name), type_name)

    def decode(self, content: BinaryIO, type_name: str) -> Any:
        """See Codec.decode."""
        if type_name.startswith("polars"):
            polars = optional("polars")
            frame = polars.read_parquet(content)
            return frame.to_series() if type_name == "polars.Series" else frame
        table = _read_arrow(content)
        return frames.from_table(table, type_name) if type_name.startswith("pandas") else table

    def preview(self, value: Any) -> str:
        """See Codec.preview."""
        if is_a(value, "pyarrow", "Table"):
            return f"{value.num_rows} x {value.num_columns}\n{value.schema.to_string()}"
        return f"{' x '.join(map(str, value.shape))}\n{value.head(5)}"


def _write_polars(value: Any, to: BinaryIO) -> None:
    frame = value.to_frame() if is_a(value, "polars", "Series") else value
    objects = [name for name, kind in frame.schema.items() if str(kind) == "Object"]
    if objects:
        raise ArtifactInvalid(f"column {objects[0]!r} holds Python objects")
    frame.write_parquet(to)


def _compare(value: Any, again: Any, type_name: str) -> None:
    """Raise ArtifactInvalid, naming the column, if a table did not come back as it was."""
    if type_name.startswith("pandas"):
        frames.compare(value, again)
    elif type_name == "pyarrow.Table":
        for field, other in zip(value.schema, again.schema, strict=True):
            if field != other or not _is_same(value[field.name], again[field.name]):
                raise frames.changed(field.name)
    else:
        is_series = type_name == "polars.Series"
        columns = [value] if is_series else value.get_columns()
        for column, other in zip(columns, [again] if is_series else again, strict=True):
            if column.dtype != other.dtype or not column.equals(other, check_names=True):
                raise frames.changed(column.name)


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether two columns of Arrow are equal; NaN is not, as Arrow has it, but bits are."""
    if one.equals(other):
        return True
    arrow = optional("pyarrow")
    if not arrow.types.is_floating(one.type):
        return str(one.to_pylist()) == str(other.to_pylist())
    bits = {16: arrow.int16(), 32: arrow.int32(), 64: arrow.int64()}[one.type.bit_width]
    views = (column.combine_chunks().view(bits) for column in (one, other))
    return bool(next(views).equals(next(views)))


def _write_arrow(table: Any, to: BinaryIO) -> None:
    optional("pyarrow.parquet").write_table(_with_dictionaries(table), to)


def _read_arrow(content: BinaryIO) -> Any:
    table = optional("pyarrow.parquet").read_table(_native(content))
    kept = (table.schema.metadata or {}).get(_DICTIONARIES)
    if kept is None:
        return table
    for number, data in json.loads(kept).items():
        table = _restored(table, int(number), base64.b64decode(data))
    metadata = {k: v for k, v in table.schema.metadata.items() if k != _DICTIONARIES}
    return table.replace_schema_metadata(metadata or None)


def _native(content: BinaryIO) -> Any:
    """Return a content for Arrow to read: one in memory without Python, by several threads."""
    if not isinstance(content, io.BytesIO):
        return content
    return optional("pyarrow").BufferReader(content.getvalue())


def _with_dictionaries(table: Any) -> Any:
    """Return a table that says in its metadata what its dictionaries are, where Parquet will not.

    Parquet keeps a dictionary of text as one; of others, it keeps the values.
    """
    arrow = optional("pyarrow")
    kept = {}
    for number, field in enumerate(table.schema):
        is_dictionary = arrow.types.is_dictionary(field.type)
        if is_dictionary and not arrow.types.is_string(field.type.value_type):
            column = table.column(number).unify_dictionaries()
            empty = arrow.array([], type=field.type.value_type)
            values = column.chunk(0).dictionary if column.num_chunks else empty
            kept[number] = _packed(arrow, field, values)
    if not kept:
        return table
    metadata = {**(table.schema.metadata or {}), _DICTIONARIES: json.dumps(kept)}
    return table.replace_schema_metadata(metadata)


def _packed(arrow: Any, field: Any, values: Any) -> str:
    """Return a type and the values of its dictionary, as a stream of Arrow in Base64."""
    indices = arrow.nulls(len(values), field.type.index_type)
    column = arrow.DictionaryArray.from_arrays(indices, values, ordered=field.type.ordered)
    sink = arrow.BufferOutputStream()
    batch = arrow.record_batch([column], names=["dictionary"])
    with arrow.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return base64.b64encode(sink.getvalue()).decode()


def _restored(table: Any, number: int, data: bytes) -> Any:
    """Return a table with a column of values made one of indices into its dictionary again."""
    arrow, compute = optional("pyarrow"), optional("pyarrow.compute")
    kept = arrow.ipc.open_stream(data).read_all().column(0).chunk(0)
    kept.validate(full=True)  # it may be anybody's
    values = table.column(number).combine_chunks().cast(kept.type.value_type)
    indices = compute.index_in(values, value_set=kept.dictionary).cast(kept.type.index_type)
    column = arrow.DictionaryArray.from_arrays(indices, kept.dictionary, ordered=kept.type.ordered)
    return table.set_column(number, table.field(number).with_type(kept.type), column)
