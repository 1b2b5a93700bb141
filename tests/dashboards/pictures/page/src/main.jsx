// One dashboard, all of its panels at once, at their places. What came of each is told to the server.

import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';

import { createTheme, dateTime, ThemeContext } from '@grafana/data';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import { Component, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

import { frames as asked } from './asking';
import { prepared, restored } from './fields';
import { Drawn, isEmpty } from './kinds';
import { builtIn, replacer } from './variables';

const CELL = 30;
const GAP = 8;
const COLUMNS = 24;
const MARGIN = 16;

const told = [];
const tell = (panel, outcome) => told.push({ title: panel.title, ...outcome });

class Guard extends Component {
  state = { error: null };
  static getDerivedStateFromError = (error) => ({ error });
  componentDidCatch(error) {
    tell(this.props.panel, { error: String(error.stack ?? error) });
  }
  render() {
    return this.state.error ? <pre>{String(this.state.error)}</pre> : this.props.children;
  }
}

function Panel({ panel, plan, values, theme }) {
  const [found, setFound] = useState(null);
  const replace = replacer(values);
  const { x, y, w, h } = panel.gridPos;
  const column = (plan.width - 2 * MARGIN + GAP) / COLUMNS;
  const style = {
    position: 'absolute',
    left: MARGIN + x * column,
    top: plan.head + y * (CELL + GAP),
    width: w * column - GAP,
    height: h * (CELL + GAP) - GAP,
  };
  const timeZone = plan.timeZone;
  useEffect(() => {
    if (panel.type === 'row') {
      return;
    }
    const scoped = { ...values, ...builtIn(plan.step, plan.scrape, plan.to - plan.from) };
    asked(panel, plan, scoped)
      .then((frames) => prepared(panel, frames, { theme, replace, timeZone }))
      .then((frames) => {
        setFound(frames);
        const links = frames.flatMap(linksOf);
        tell(panel, { empty: isEmpty(frames), links: [...new Set(links)].sort() });
      })
      .catch((error) => tell(panel, { error: String(error.stack ?? error) }));
  }, []);
  if (panel.type === 'row') {
    return <div style={{ ...style, paddingTop: 6, fontSize: 16, fontWeight: 500 }}>⌄ {panel.title}</div>;
  }
  return (
    <div style={style} data-panel={panel.title}>
      <PanelChrome title={replace(panel.title)} description={panel.description} width={style.width} height={style.height}>
        {(width, height) => (
          <Guard panel={panel}>
            {found && <Drawn {...{ panel, frames: found, width, height, theme, replace, plan, timeZone }} />}
          </Guard>
        )}
      </PanelChrome>
    </div>
  );
}

/** Where the links of the first row, or of the series, of a frame lead. Nobody can click on a time. */
function linksOf(frame) {
  const clicked = frame.length ? frame.fields.filter((field) => field.type !== 'time') : [];
  return clicked.flatMap((field) => (field.getLinks?.({ valueRowIndex: 0 }) ?? []).map((link) => link.href));
}

function Chosen({ page, values, theme }) {
  const box = { display: 'inline-block', lineHeight: '20px', border: `1px solid ${theme.colors.border.medium}`, borderRadius: 2, padding: '4px 8px', marginRight: 16 };
  return (
    <div style={{ padding: `12px ${MARGIN}px 0`, whiteSpace: 'nowrap', overflow: 'hidden' }}>
      {page.templating.list.map((variable) => (
        <span key={variable.name} style={box}>
          <span style={{ color: theme.colors.text.secondary, marginRight: 8 }}>{variable.label}</span>
          {values.shown[variable.name] ?? 'All'}
        </span>
      ))}
      {page.links.map((link) => (
        <span key={link.title} style={{ ...box, color: theme.colors.text.link }}>
          {link.title}
        </span>
      ))}
    </div>
  );
}

function Page({ page, plan, theme }) {
  const values = { ...plan.values, shown: plan.shown };
  const rows = Math.max(...page.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const style = { position: 'relative', width: plan.width, height: plan.head + rows * (CELL + GAP), background: theme.colors.background.canvas };
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={style}>
        <div style={{ padding: `12px ${MARGIN}px 0`, fontSize: 18, fontWeight: 500 }}>{page.title}</div>
        <Chosen page={page} values={values} theme={theme} />
        {page.panels.map((panel) => (
          <Panel key={panel.id} {...{ panel, plan, values: plan.values, theme }} />
        ))}
      </div>
    </ThemeContext.Provider>
  );
}

/** Wait until every panel has said what came of it and has been painted, then tell all of it. */
async function report(page) {
  const expected = page.panels.filter(({ type }) => type !== 'row').length;
  while (told.length < expected) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  await fetch('/told', { method: 'POST', body: JSON.stringify(told) });
}

const plan = await (await fetch('/plan.json')).json();
const page = restored(await (await fetch('/dashboard.json')).json());
const theme = createTheme({ colors: { mode: plan.mode } });
document.title = page.title;
createRoot(document.getElementById('root')).render(<Page page={page} plan={{ ...plan, moment: dateTime }} theme={theme} />);
await report(page);
