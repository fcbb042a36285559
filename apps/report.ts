import type { Box } from '../constructs/core/box.js';
import type { Manifest } from '../constructs/core/manifest.js';

/** A table with columns as wide as they must be; numbers to the right. */
function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => String(row[column] ?? '').length)),
  );
  const cell = (value: string | number, column: number) => {
    const width = widths[column] ?? 0;
    return typeof value === 'number' ? String(value).padStart(width) : value.padEnd(width);
  };
  return rows.map((row) => `  ${row.map(cell).join('  ')}`.trimEnd()).join('\n');
}

/** What a person wants to know after synthesis: what there is, where it is reached, and whether it fits. */
export function report(box: Box, manifests: readonly Manifest[]): string {
  const { site, budget } = box;
  const { domain, publicIp, size, scale } = site.settings;
  const counts = new Map<string, number>();
  for (const { metadata } of manifests) {
    const namespace = metadata.namespace ?? '(cluster)';
    counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  }
  const names = new Set([...counts.keys(), ...budget.rows.map(({ namespace }) => namespace)]);
  const objects = [...names].sort().map((namespace) => {
    const count = counts.get(namespace) ?? 0;
    const rows = budget.rows.filter((row) => row.namespace === namespace);
    const { cpu, memory, limit } = budget.total(rows);
    return [namespace, count, cpu, memory, limit];
  });
  const total = budget.total();
  const { available } = budget;
  const hosts = manifests
    .filter(({ kind, metadata }) => kind === 'Certificate' && metadata.namespace === 'ingress')
    .flatMap((certificate) => (certificate.spec as { dnsNames: string[] }).dnsNames);
  const lines = [
    `${domain} at ${publicIp}, size ${size}, ${scale}: ${manifests.length} objects`,
    '',
    table([
      ['namespace', 'objects', 'cpu m', 'memory Mi', 'limit Mi'],
      ...objects,
      ['total', manifests.length, total.cpu, total.memory, total.limit],
      ['server', '', available.cpu, available.memory, available.memory],
    ]),
    '',
    'hosts',
    ...hosts.map((host) => `  https://${host}`),
    ...(site.warnings.length === 0
      ? []
      : ['', 'warnings', ...site.warnings.map((warning) => `  ${warning}`)]),
  ];
  return `${lines.join('\n')}\n`;
}
