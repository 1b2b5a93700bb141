// Variables as Grafana fills them in: into queries as regular expressions, into texts as they are.

const SPECIAL = /[\\^$*+?.()|[\]{}]/g;
const REFERENCE = /\$\{(\w+)(?:\.([\w.]+))?(?::(\w+))?\}|\$(\w+)/g;

/** Seconds as Prometheus writes them. */
export const seconds = (value) => `${Math.max(1, Math.round(value))}s`;

/** The variables of Grafana itself, for a step of a query. */
export function builtIn(step, scrape, range) {
  return {
    __interval: seconds(step),
    __rate_interval: seconds(Math.max(step + scrape, 4 * scrape)),
    __range: seconds(range),
  };
}

/** A query with its variables filled in; several values of one become alternatives. */
export function filledIn(expr, values) {
  return expr.replace(REFERENCE, (whole, long, _, __, short) => {
    const value = values[long ?? short];
    if (value === undefined) {
      throw new Error(`no value for ${whole} in ${expr}`);
    }
    if (Array.isArray(value)) {
      return `(${value.map((one) => one.replace(SPECIAL, '\\\\$&')).join('|')})`;
    }
    return value;
  });
}

/** Replaces variables in texts: titles and links, with labels and fields of the row or series. */
export function replacer(values) {
  return (text, scoped) => {
    const context = scoped?.__dataContext?.value;
    return String(text ?? '').replace(REFERENCE, (whole, name, path, format, short) => {
      const key = name ?? short;
      if (key === '__field' && path?.startsWith('labels.')) {
        return context?.field?.labels?.[path.slice('labels.'.length)] ?? whole;
      }
      if (key === '__data' && path?.startsWith('fields.')) {
        const wanted = path.slice('fields.'.length);
        const found = context?.frame?.fields.find(
          (field) => field.name === wanted || field.config?.displayName === wanted
        );
        return found === undefined ? whole : String(found.values[context.rowIndex ?? 0]);
      }
      const value = values[key];
      if (value === undefined) {
        return whole;
      }
      const several = Array.isArray(value) ? value : [value];
      return format === 'queryparam'
        ? several.map((one) => `var-${key}=${encodeURIComponent(one)}`).join('&')
        : several.join(' + ');
    });
  };
}
