import { run } from '../../l4/support/programs.js';
import type { RunningEdge } from '../../support/edge.js';

/** Options that lead curl to the proxy under a name of the box. */
export function curlOptions(
  { https, certificate }: Pick<RunningEdge, 'https' | 'certificate'>,
  host: string,
): string[] {
  return [
    '--noproxy',
    '*',
    '--cacert',
    certificate.files.ca,
    '--resolve',
    `${host}:443:127.0.0.1`,
    '--connect-to',
    `${host}:443:127.0.0.1:${https}`,
  ];
}

/** Runs curl against `https://app.example.org` and the rest of the path; gives what it wrote. */
export async function curl(
  running: RunningEdge,
  path: string,
  args: readonly string[] = [],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const host = 'app.example.org';
  const all = [
    '-sS',
    '--max-time',
    '30',
    '--path-as-is',
    ...curlOptions(running, host),
    ...args,
    `https://${host}${path}`,
  ];
  const { status, stdout, stderr } = await run('curl', all);
  return { code: status, stdout, stderr };
}
