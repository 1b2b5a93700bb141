"""A report as Parquet; pyarrow is large, and loaded only for this."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import BinaryIO

import pyarrow as pa
from pyarrow import parquet

from sim_operator.history.model import By, UsageRow
from sim_operator.history.report.columns import FIGURES, figures, groups, names


def write_parquet(
    rows: Sequence[UsageRow], by: By, first: date, last: date, as_of: datetime, to: BinaryIO
) -> None:
    """The rows as a file; what they are about stands in its metadata."""
    heads = names(by)
    schema = pa.schema(
        [
            *(pa.field(name, pa.string(), nullable=False) for name in heads),
            *(pa.field(name, pa.int64(), nullable=False) for name in FIGURES),
        ],
        metadata={
            "from": first.isoformat(),
            "to": last.isoformat(),
            "as_of": as_of.isoformat(timespec="seconds"),
        },
    )
    lines = [(*groups(row, by), *figures(row)) for row in rows]
    columns = list(zip(*lines, strict=True)) if lines else [()] * len(schema)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)]
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), to)
