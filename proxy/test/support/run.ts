/** `npm test -w proxy [-- pattern]`: runs each test file in a process of its own; the last line is the sum of all. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const pattern = process.argv[2] ?? '';
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && file.includes(pattern))
  .sort();

const sums = { passed: 0, failed: 0, skipped: 0 };
for (const file of files) {
  const run = spawnSync(process.execPath, ['--import', 'tsx', join(folder, file)], {
    encoding: 'utf8',
    // a server that was left open would keep the file's process alive
    timeout: 120_000,
    env: { ...process.env, NO_COLOR: '1' },
  });
  const output = `${run.stdout}${run.stderr}`;
  const count = (name: string) => Number(new RegExp(`^\\s*${name}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? 0);
  const [passed, skipped] = [count('Passed'), count('Skipped')];
  // a file that died, or ran nothing at all, is a failure even when no test says so
  const failed = Math.max(count('Total') - passed - skipped, run.status === 0 && count('Total') > 0 ? 0 : 1);
  sums.passed += passed;
  sums.failed += failed;
  sums.skipped += skipped;
  console.log(`${failed > 0 ? 'FAIL' : 'ok  '} ${file}: ${passed} passed, ${failed} failed`);
  if (failed > 0) console.log(output.trimEnd().replace(/^/gm, '     '));
}
if (files.length === 0) console.error(`no test file matches '${pattern}'`);
console.log(
  `${sums.passed} passed, ${sums.failed} failed${sums.skipped > 0 ? `, ${sums.skipped} skipped` : ''}`,
);
process.exitCode = sums.failed > 0 || files.length === 0 ? 1 : 0;
