"""What the chart has to watch the operator with."""
