/** Machine and versions, for the head of the report. */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { requestBytes } from './request.js';
import type { Setting } from './setting.js';

function version(program: string, flag: string, pattern: RegExp): string {
  const run = spawnSync(program, [flag], { encoding: 'utf8' });
  return pattern.exec(`${run.stdout ?? ''}${run.stderr ?? ''}`)?.[1] ?? 'absent';
}

/** The machine, the programs and how they are placed. */
export function describeMachine(setting: Setting): string {
  const cores = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const place =
    setting.core === undefined
      ? 'one core: everything shares it'
      : `contenders on core ${setting.core} (taskset), generators and upstreams on core 1`;
  return [
    `# Benchmark of the edge proxy, ${new Date().toISOString().slice(0, 16)}Z`,
    `machine: ${cores.length} x ${cores[0]?.model.trim() ?? 'unknown'}, ${gib} GiB, Linux ${release()}, load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
    `versions: node ${process.versions.node} (OpenSSL ${process.versions.openssl}), nginx ${version('nginx', '-v', /nginx\/(\S+)/)}, HAProxy ${version('haproxy', '-v', /version (\S+)/)}, Caddy ${version('caddy', 'version', /(\S+)/)}, ${version('openssl', 'version', /(OpenSSL \S+)/)}, wrk ${version('wrk', '-v', /wrk (?:debian\/)?(\S+)/)}, h2load ${version('h2load', '--version', /nghttp2\/(\S+)/)}`,
    `placement: ${place}; one worker or thread each, access log to a file each`,
    `TLS: 1.3, TLS_AES_128_GCM_SHA256, X25519, certificate ECDSA P-256; request head ${requestBytes()} bytes`,
  ].join('\n');
}
