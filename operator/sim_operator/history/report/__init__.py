"""Who used what, for people and for what computes on: a table, CSV, JSON, Parquet."""

from sim_operator.history.report.text import csv_text, json_rows

__all__ = ["csv_text", "json_rows"]
