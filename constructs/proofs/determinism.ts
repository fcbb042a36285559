import { type Finding, Findings } from './finding.js';
import { everyText } from './read.js';
import type { Tree } from './tree.js';

const patterns: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a time', /\b20\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d/],
  ['a random identifier', /\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/i],
];

/** Nothing in the tree depends on when or where it was rendered. */
export function determinism(tree: Tree): Finding[] {
  const findings = new Findings('determinism');
  for (const object of tree.manifests) {
    for (const [path, text] of everyText(object)) {
      if (text.length < 16) continue;
      for (const [what, pattern] of patterns) {
        const found = pattern.exec(text)?.[0];
        if (found === undefined) continue;
        findings.add(
          object,
          `${path}: '${found}' looks like ${what}`,
          'two renderings of the same site are the same, byte for byte',
          'derive the value from the configuration, or let something in the cluster make it',
        );
      }
    }
  }
  return findings.list;
}
