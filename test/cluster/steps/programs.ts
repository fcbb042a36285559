import { type RenderedBox, writeBox } from '../box.js';
import { checks } from '../programs/index.js';
import { Bench, type ConfigCheck } from '../programs/program.js';
import { Rendering } from '../programs/rendering.js';
import { unavailable } from '../programs/unavailable.js';
import { type Context, Stage, type Step } from '../step.js';

/**
 * Every program that can be had starts with its configuration as rendered and is asked something real; then with a
 * mistake planted, which it has to find. `BOX_TEST_PROGRAM=hydra` runs one of them.
 */
export const step: Step = {
  title: 'programs read their configuration',
  stage: Stage.Apart,
  async run(context) {
    const wanted = process.env.BOX_TEST_PROGRAM?.toLowerCase();
    const rendered = (box: RenderedBox) => new Rendering(box.manifests, box.site);
    const boxes = { 'one-server': rendered(context.box), cluster: rendered(writeBox({ scale: 'cluster' })) };
    const queue = checks.filter(({ name }) => wanted === undefined || name.toLowerCase() === wanted);
    const passed = new Set<string>();
    // most of the time they wait for each other, not for the processor
    const worker = async () => {
      for (let check = queue.shift(); check !== undefined; check = queue.shift())
        if (await checkProgram(context, check, boxes[check.scale ?? 'one-server'])) passed.add(check.name);
    };
    await Promise.all([worker(), worker(), worker()]);
    context.report(
      `programs that read their configuration: ${checks.flatMap(({ name }) => (passed.has(name) ? [name] : [])).join(', ')}`,
    );
    for (const { name, version, differences = [] } of checks)
      if (/ for |^Debian/.test(version) || differences.length > 0)
        context.report(`  ${name}: ${[version, ...differences].join('; ')}`);
    for (const [name, why] of Object.entries(unavailable)) context.report(`  not here: ${name} (${why})`);
  },
};

async function checkProgram(context: Context, check: ConfigCheck, box: Rendering): Promise<boolean> {
  const { name, version, reads, faults } = check;
  let program = '';
  const had = await context.check(`${name} ${version}`, async () => {
    program = await check.obtain();
    const own = process.env.BOX_TEST_PROGRAMS;
    return own !== undefined && program.startsWith(own) ? `in its place ${program}` : undefined;
  });
  if (!had) return false;
  const read = await context.check(`${name} reads ${reads.join(', ')}`, async () =>
    (await runOnce(check, program, box)).join(', '),
  );
  // what a broken configuration breaks proves nothing about mistakes
  if (!read) return false;
  for (const fault of faults)
    await context.check(`${name} notices ${fault.what}`, async () => {
      const message = await failureOf(() => runOnce(check, program, box.with(fault.plant)));
      if (message === undefined) throw new Error('nobody noticed');
      if (!fault.says.test(message))
        throw new Error(`the message says nothing like ${fault.says}: ${message}`);
    });
  return true;
}

async function runOnce(check: ConfigCheck, program: string, box: Rendering): Promise<readonly string[]> {
  const bench = new Bench(box, program);
  try {
    await check.check(bench);
    return bench.notes;
  } finally {
    await bench.end();
  }
}

async function failureOf(action: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
