/**
 * `npm run chart [-- --config box.yaml --output dist/chart]`: the box as a Helm chart. What a site decides in texts and
 * numbers becomes values; what changes the box's shape is fixed as the configuration has it.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Site } from '../constructs/core/site.js';
import { makeChart } from './chart/make.js';
import { readSettings, renderBeside } from './chart/render.js';
import { appIds } from './render.js';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'box.yaml' },
    output: { type: 'string', default: 'dist/chart' },
  },
});
const output = resolve(values.output);

try {
  const files = makeChart({
    site: Site.load(values.config, appIds),
    settings: readSettings(values.config),
    render: renderBeside(values.config),
  });
  if (existsSync(output)) {
    if (readdirSync(output).length > 0 && !existsSync(join(output, 'Chart.yaml')))
      throw new Error(`${values.output} holds something else than a chart; choose another folder`);
    rmSync(output, { recursive: true });
  }
  for (const [name, text] of Object.entries(files)) {
    const file = join(output, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  console.log(`${Object.keys(files).length} files in ${values.output}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
