import { existsSync } from 'node:fs';
import { Program } from '../process.js';
import { Stage, type Step } from '../step.js';

/** Starts a server the way every step does, says where it is, and goes on. */
const victim = `
import { Program, temporaryFolder } from './test/cluster/process.ts';
const folder = temporaryFolder('victim');
const sleep = Program.start({ name: 'sleep', command: 'sh', args: ['-c', 'echo pid $$; exec sleep 300'] });
await sleep.waitForLine(/pid \\d+/);
console.log('started', sleep.log.trim().split(' ')[1], folder);
setInterval(() => {}, 1000);
`;

/** However a run ends, nothing of it stays: no server, no folder. */
export const step: Step = {
  title: 'what a run that was killed leaves',
  stage: Stage.Apart,
  async run({ check }) {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const)
      await check(`nothing after ${signal}`, async () => {
        const run = Program.start({
          name: 'a run',
          command: process.execPath,
          args: ['--import', 'tsx', '--input-type=module', '--eval', victim],
        });
        await run.waitForLine(/started \d+ \S+/);
        const [, pid = '', folder = ''] = /started (\d+) (\S+)/.exec(run.log) ?? [];
        run.signal(signal);
        for (let round = 0; isAlive(Number(pid)) || existsSync(folder); round++) {
          if (round === 50)
            throw new Error(isAlive(Number(pid)) ? `process ${pid} lives` : `${folder} is there`);
          await new Promise((done) => setTimeout(done, 100));
        }
      });
  },
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
