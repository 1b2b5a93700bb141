"""The Grafana dashboards of the chart, as code.

One module for each page (`fleet`, `sim`, `quotas`, `operator`), over shared words: `queries` asks
Prometheus, `panels`, `tables` and `timelines` show, `navigation` leads from page to page. Part of
the source, not of the operator's wheel: what is installed is the JSON under
`charts/sim-operator/dashboards`, written by `python -m sim_dashboards --write`.
"""
