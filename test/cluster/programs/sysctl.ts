import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../process.js';
import { type ConfigCheck, expect } from './program.js';

const file = '90-box.conf';

/** Kernel settings of the server: each is one that a kernel has. */
export const sysctl: ConfigCheck = {
  name: 'sysctl',
  version: 'of this machine',
  reads: [`host file ${file}`],
  differences: ['nothing is set: it only looks the names up'],
  obtain() {
    const { status } = spawnSync('sysctl', ['--version'], { stdio: 'ignore' });
    expect(status === 0, 'no sysctl; install the Debian package procps');
    return Promise.resolve('sysctl');
  },
  async check(bench) {
    const path = join(bench.folder('host'), file);
    writeFileSync(path, bench.box.host[file] ?? '');
    const args = ['--dry-run', '-p', path];
    const { code, stdout, stderr } = await runProgram({ name: 'sysctl', command: bench.program, args });
    expect(code === 0, `host file ${file}: ${stderr}`);
    const settings = stdout.trimEnd().split('\n');
    expect(settings.length > 1, `host file ${file} sets nothing`);
    bench.note(`${settings.length} settings`);
  },
  faults: [
    {
      what: 'a misspelt setting',
      plant: (copy) => {
        copy.host[file] = (copy.host[file] ?? '').replace('vm.max_map_count', 'vm.max_map_cuont');
      },
      says: /90-box\.conf.*max_map_cuont/,
    },
  ],
};
