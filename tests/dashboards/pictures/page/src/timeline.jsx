// Bands of states. Grafana publishes no component for them: these are drawn with its own values and colours.

import { getFieldDisplayName } from '@grafana/data';

const AXIS = 24;
const NAMES = 130;

/** Runs of equal values: from, until, value. */
function runs(times, values) {
  const found = [];
  values.forEach((value, place) => {
    const last = found.at(-1);
    if (last !== undefined && last.value === value) {
      last.until = times[place + 1] ?? times[place];
    } else {
      found.push({ value, from: times[place], until: times[place + 1] ?? times[place] });
    }
  });
  return found.filter(({ value }) => value !== null);
}

export function Timeline({ frames, width, height, theme, plan, timeZone }) {
  const [from, to] = [plan.from * 1000, plan.to * 1000];
  const across = (at) => NAMES + ((at - from) / (to - from)) * (width - NAMES);
  const band = (height - AXIS) / frames.length;
  const ticks = Array.from({ length: 7 }, (_, place) => from + ((to - from) * place) / 6).slice(1, 6);
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });
  const text = { fill: theme.colors.text.primary, fontSize: 12, fontFamily: theme.typography.fontFamily };
  return (
    <svg width={width} height={height}>
      {frames.map((frame, row) => {
        const [time, field] = frame.fields;
        const top = row * band + band * 0.1;
        return (
          <g key={row}>
            <text x={NAMES - 10} y={row * band + band / 2 + 4} textAnchor="end" {...text}>
              {getFieldDisplayName(field, frame, frames)}
            </text>
            {runs(time.values, field.values).map(({ value, from: begun, until }) => {
              const shown = field.display(value);
              const [left, right] = [across(begun), across(until)];
              return (
                <g key={begun}>
                  <rect x={left} y={top} width={Math.max(1, right - left)} height={band * 0.8} fill={shown.color} fillOpacity={0.75} />
                  {right - left > 70 && (
                    <text x={left + 6} y={row * band + band / 2 + 4} {...text}>
                      {shown.text}
                    </text>
                  )}
                </g>
              );
            })}
          </g>
        );
      })}
      {ticks.map((at) => (
        <text key={at} x={across(at)} y={height - 6} textAnchor="middle" {...text} fill={theme.colors.text.secondary}>
          {clock.format(at)}
        </text>
      ))}
    </svg>
  );
}
