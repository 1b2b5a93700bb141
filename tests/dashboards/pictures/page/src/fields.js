// What Grafana does with data before a panel sees it: transformations, units, thresholds, overrides.

import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  dataLinksOverrideProcessor,
  FieldConfigOptionsRegistry,
  identityOverrideProcessor,
  standardTransformers,
  standardTransformersRegistry,
  thresholdsOverrideProcessor,
  transformDataFrame,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import { firstValueFrom } from 'rxjs';

const STANDARD = ['displayName', 'unit', 'decimals', 'min', 'max', 'color', 'noValue', 'thresholds', 'mappings', 'links'];
const PROCESSORS = {
  thresholds: thresholdsOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
  links: dataLinksOverrideProcessor,
};

const KNOWN = { merge: standardTransformers.mergeTransformer, organize: standardTransformers.organizeFieldsTransformer };
const NEEDED = ['orderFieldsTransformer', 'filterFieldsByNameTransformer', 'renameFieldsTransformer', 'filterFieldsTransformer'];

standardTransformersRegistry.setInit(() =>
  [...Object.values(KNOWN), ...NEEDED.map((name) => standardTransformers[name])].map((transformation) => ({
    id: transformation.id,
    name: transformation.name,
    transformation: async () => transformation,
    editor: () => null,
  }))
);

/** Options of the fields of a panel, as its plugin would have registered them. */
function registry(panel) {
  const { defaults, overrides } = panel.fieldConfig;
  const custom = new Set(Object.keys(defaults.custom ?? {}).map((name) => `custom.${name}`));
  for (const { properties } of overrides ?? []) {
    properties.filter(({ id }) => id.startsWith('custom.')).forEach(({ id }) => custom.add(id));
  }
  const item = (id, path, isCustom) => ({
    id,
    path,
    isCustom,
    name: id,
    process: PROCESSORS[id] ?? identityOverrideProcessor,
    shouldApply: () => true,
    settings: {},
  });
  return new FieldConfigOptionsRegistry(() => [
    ...STANDARD.map((id) => item(id, id, false)),
    ...[...custom].map((id) => item(id, id.slice('custom.'.length), true)),
  ]);
}

/** JSON has no infinity: the first step of thresholds is null there. */
export function restored(value) {
  if (Array.isArray(value)) {
    return value.map(restored);
  }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, one]) => [key, restored(one)]);
    const made = Object.fromEntries(entries);
    if (Array.isArray(made.steps) && made.steps[0]?.value === null) {
      made.steps[0].value = -Infinity;
    }
    return made;
  }
  return value;
}

export async function prepared(panel, frames, { theme, replace, timeZone }) {
  const transformations = panel.transformations ?? [];
  const transformed = transformations.length
    ? await firstValueFrom(transformDataFrame(transformations, frames, { interpolate: (text) => text }))
    : frames;
  const made = applyFieldOverrides({
    data: transformed,
    fieldConfig: panel.fieldConfig,
    fieldConfigRegistry: registry(panel),
    replaceVariables: replace,
    theme,
    timeZone,
  });
  cacheFieldDisplayNames(made);
  return made;
}
