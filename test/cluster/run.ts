/**
 * `npm run test:cluster [-- pattern…]`: proves the rendered box on a real Kubernetes control plane and with the
 * programs that read its configuration. Every file in `steps/` is a part of it; a pattern selects steps by file name,
 * and steps of stage `Apply` run whenever a later one of their server does.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type RenderedBox, writeBox } from './box.js';
import { ControlPlane } from './control-plane.js';
import { type Context, Stage, type Step } from './step.js';

const folder = 'test/cluster/steps';
const patterns = process.argv.slice(2);
const sums = { passed: 0, failed: 0 };
const lines: string[] = [];
let box: RenderedBox | undefined;
let server: Promise<ControlPlane> | undefined;

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const indent = (text: string) => text.trimEnd().replace(/^/gm, '       ');

const context: Context = {
  get box() {
    box ??= writeBox();
    return box;
  },
  server() {
    server ??= ControlPlane.start(context.box.site);
    return server;
  },
  async check(name, test) {
    const started = performance.now();
    try {
      const detail = await test();
      sums.passed++;
      console.log(`  ok   ${name}${typeof detail === 'string' ? `: ${detail}` : ''} (${seconds(started)})`);
      return true;
    } catch (error) {
      sums.failed++;
      const text =
        error instanceof Error ? (error.stack?.includes(error.message) ? error.message : error.stack) : error;
      console.log(`  FAIL ${name} (${seconds(started)})\n${indent(String(text))}`);
      return false;
    }
  },
  report: (line) => lines.push(line),
};

async function load(): Promise<Step[]> {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .sort();
  const found: { file: string; step: Step }[] = [];
  for (const file of files) {
    const module = (await import(pathToFileURL(join(folder, file)).href)) as { step?: Step };
    if (module.step === undefined) throw new Error(`${folder}/${file} exports no 'step'`);
    found.push({ file, step: module.step });
  }
  const wanted = ({ file }: { file: string }) =>
    patterns.length === 0 || patterns.some((pattern) => file.includes(pattern));
  const needsServer = found.some(
    (one) => wanted(one) && (one.step.stage === Stage.Inspect || one.step.stage === Stage.Change),
  );
  return found
    .filter((one) => wanted(one) || (needsServer && one.step.stage === Stage.Apply))
    .map(({ step }) => step)
    .sort((a, b) => a.stage - b.stage);
}

/** Steps that stand apart have the machine for themselves. */
async function stopServer(): Promise<void> {
  const running = server;
  server = undefined;
  await (await running?.catch(() => undefined))?.stop();
}

const began = performance.now();
try {
  for (const step of await load()) {
    if (step.stage === Stage.Apart) await stopServer();
    console.log(step.title);
    const started = performance.now();
    try {
      await step.run(context);
    } catch (error) {
      sums.failed++;
      console.log(`  FAIL ${step.title}\n${indent(String(error instanceof Error ? error.stack : error))}`);
    }
    console.log(`  (${seconds(started)})`);
  }
} finally {
  await stopServer();
}
if (lines.length > 0) console.log(`report\n${lines.map((line) => `  ${line}`).join('\n')}`);
console.log(`took ${seconds(began)}`);
if (sums.passed + sums.failed === 0) {
  sums.failed++;
  console.error(`no step matches '${patterns.join(' ')}'`);
}
console.log(`${sums.passed} passed, ${sums.failed} failed`);
process.exitCode = sums.failed > 0 ? 1 : 0;
