// Asks Prometheus, and gives what it says in the frames that Grafana's data source would make of it.

import { createDataFrame, FieldType } from '@grafana/data';

import { filledIn } from './variables';

async function api(url, path, parameters) {
  const answer = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
  const body = await answer.json();
  if (body.status !== 'success') {
    throw new Error(`${body.error}: ${parameters.query}`);
  }
  return body.data.result;
}

const named = (legend, labels) => legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? '');
const number = (text) => (text === 'NaN' ? NaN : Number(text));

/** A frame for each series over time; what is missing between two steps is a gap. */
function series(target, result, { from, to, step }) {
  const times = [];
  for (let at = from; at <= to; at += step) {
    times.push(at);
  }
  return result.map(({ metric, values }) => {
    const known = new Map(values.map(([at, value]) => [Math.round(at * 1000), number(value)]));
    const field = {
      name: 'Value',
      type: FieldType.number,
      labels: metric,
      config: { displayNameFromDS: named(target.legendFormat, metric) },
      values: times.map((at) => known.get(Math.round(at * 1000)) ?? null),
    };
    const time = { name: 'Time', type: FieldType.time, config: {}, values: times.map((at) => at * 1000) };
    return createDataFrame({ refId: target.refId, fields: [time, field] });
  });
}

/** One frame: a column for each label, and one for the values. */
function rows(target, result, several) {
  const labels = [...new Set(result.flatMap(({ metric }) => Object.keys(metric)))].sort();
  const column = (name, type, values) => ({ name, type, config: {}, values });
  return createDataFrame({
    refId: target.refId,
    fields: [
      column('Time', FieldType.time, result.map(({ value }) => value[0] * 1000)),
      ...labels.map((label) => column(label, FieldType.string, result.map(({ metric }) => metric[label] ?? ''))),
      column(several ? `Value #${target.refId}` : 'Value', FieldType.number, result.map(({ value }) => number(value[1]))),
    ],
  });
}

/** The frames of all queries of a panel. */
export async function frames(panel, plan, values) {
  const { prometheus, from, to, step } = plan;
  const answers = panel.targets.map(async (target) => {
    const query = filledIn(target.expr, values);
    if (target.instant) {
      const result = await api(prometheus, 'query', { query, time: to });
      if (target.format !== 'table') {
        const now = result.map(({ metric, value }) => ({ metric, values: [[to, value[1]]] }));
        return series(target, now, { from: to, to, step });
      }
      return result.length ? [rows(target, result, panel.targets.length > 1)] : [];
    }
    const result = await api(prometheus, 'query_range', { query, start: from, end: to, step });
    return series(target, result, { from, to, step });
  });
  return (await Promise.all(answers)).flat();
}
