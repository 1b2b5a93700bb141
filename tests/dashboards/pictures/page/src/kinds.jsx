// The kinds of panels, drawn as Grafana's plugins of the same names draw them.

import { FieldType, getDisplayValueAlignmentFactors, getFieldDisplayValues, VizOrientation } from '@grafana/data';
import { BarGauge, BigValue, BigValueTextMode, TimeSeries, TooltipDisplayMode, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';

import { Timeline } from './timeline';

function shownValues(props, sparkline) {
  const { panel, frames, replace, theme, timeZone } = props;
  return getFieldDisplayValues({
    data: frames,
    fieldConfig: panel.fieldConfig,
    reduceOptions: panel.options.reduceOptions,
    replaceVariables: replace,
    sparkline,
    theme,
    timeZone,
  });
}

function Stat(props) {
  const { panel, width, height, theme } = props;
  const { graphMode, colorMode, justifyMode, textMode, text, wideLayout } = panel.options;
  const values = shownValues(props, graphMode !== 'none');
  const several = values.length > 1;
  return (
    <VizRepeater
      source={values}
      getValues={() => values}
      width={width}
      height={height}
      orientation={VizOrientation.Horizontal}
      renderCounter={0}
      renderValue={({ value, width, height }) => (
        <BigValue
          value={textMode === 'name' ? { ...value.display, text: value.display.title, prefix: '', suffix: '' } : value.display}
          sparkline={value.sparkline}
          colorMode={colorMode}
          graphMode={graphMode}
          justifyMode={justifyMode ?? 'auto'}
          textMode={several ? BigValueTextMode.ValueAndName : BigValueTextMode.Value}
          text={text}
          disableWideLayout={!wideLayout}
          width={width}
          height={height}
          theme={theme}
        />
      )}
    />
  );
}

function Bars(props) {
  const { panel, width, height, theme } = props;
  const { displayMode, valueMode, showUnfilled, namePlacement, text, minVizHeight, maxVizHeight } = panel.options;
  const values = shownValues(props, false);
  const factors = getDisplayValueAlignmentFactors(values);
  return (
    <VizRepeater
      source={values}
      getValues={() => values}
      width={width}
      height={height}
      orientation={VizOrientation.Horizontal}
      minVizHeight={minVizHeight}
      maxVizHeight={maxVizHeight}
      itemSpacing={8}
      renderCounter={0}
      renderValue={({ value, width, height }) => (
        <BarGauge
          value={value.display}
          field={value.field}
          display={value.view?.getFieldDisplayProcessor(value.colIndex)}
          width={width}
          height={height}
          orientation={VizOrientation.Horizontal}
          displayMode={displayMode}
          valueDisplayMode={valueMode}
          showUnfilled={showUnfilled}
          namePlacement={namePlacement}
          text={text}
          alignmentFactors={factors}
          theme={theme}
        />
      )}
    />
  );
}

/** Without NaN and infinity, of which a scale could not be made. */
function finite(frame) {
  const fields = frame.fields.map((field) => ({
    ...field,
    values: field.values.map((value) => (Number.isFinite(value) ? value : null)),
  }));
  return { ...frame, fields };
}

function Curves({ panel, frames, width, height, theme, plan, timeZone }) {
  const range = { from: plan.from * 1000, to: plan.to * 1000 };
  const timeRange = { from: plan.moment(range.from), to: plan.moment(range.to), raw: { from: 'now-1h', to: 'now' } };
  return (
    <TimeSeries
      frames={frames.map(finite)}
      structureRev={1}
      timeRange={timeRange}
      timeZone={timeZone}
      width={width}
      height={height}
      legend={panel.options.legend}
      options={{ tooltip: { mode: TooltipDisplayMode.None } }}
      theme={theme}
    >
      {() => null}
    </TimeSeries>
  );
}

function Table({ panel, frames, width, height }) {
  return (
    <TableNG
      data={frames[0]}
      width={width}
      height={height}
      sortBy={panel.options.sortBy}
      cellHeight={panel.options.cellHeight}
      fieldConfig={panel.fieldConfig}
      structureRev={1}
      enableVirtualization={false}
    />
  );
}

const KINDS = { stat: Stat, bargauge: Bars, timeseries: Curves, table: Table, 'state-timeline': Timeline };

/** Whether there is nothing that a panel could show. */
export function isEmpty(frames) {
  const shown = frames.flatMap((frame) => frame.fields).filter((field) => field.type !== FieldType.time);
  return shown.every((field) => field.values.every((value) => value === null || Number.isNaN(value)));
}

export function Drawn(props) {
  const { panel, frames, theme } = props;
  if (isEmpty(frames)) {
    const style = { height: '100%', display: 'grid', placeItems: 'center', color: theme.colors.text.secondary, textAlign: 'center' };
    return <div style={style}>{panel.fieldConfig.defaults.noValue ?? 'No data'}</div>;
  }
  const Kind = KINDS[panel.type];
  return <Kind {...props} />;
}
