import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explain, type Finding, prove } from '../../constructs/proofs/prove.js';
import { Mutation } from './mutate.js';
import { referenceBox } from './reference-box.js';

/** A fault to plant in the box, and how it must be told. */
export interface Fault {
  /** What is done to the tree. */
  readonly name: string;
  readonly plant: (tree: Mutation) => void;
  /** Proof that must tell it; no other may speak, but for what follows from the fault. */
  readonly proof: string;
  /** Proofs of what follows from it. @default - none */
  readonly follows?: readonly string[];
  /** Construct or object that must be named. */
  readonly construct: string | RegExp;
  /** What the explanation must say: the value at fault, the rule or the way out. */
  readonly says: readonly (string | RegExp)[];
}

const told = (text: string, part: string | RegExp): boolean =>
  typeof part === 'string' ? text.includes(part) : part.test(text);

/** One test for each fault, planted in a fresh copy of the reference box. */
export function testFaults(faults: readonly Fault[]): void {
  const { manifests, site } = referenceBox();
  // a box with a finding of its own fails in box.test.ts; here only what a fault adds is looked at
  const before = new Set(prove(manifests, site).map(explain));
  for (const { name, plant, proof, follows = [], construct, says } of faults) {
    test(name, () => {
      const tree = new Mutation(manifests);
      plant(tree);
      const findings = prove(tree.manifests, site).filter((finding) => !before.has(explain(finding)));
      const all = findings.map(explain).join('\n');
      assert.ok(findings.length > 0, 'the fault was not found');
      const others = findings.filter(
        (finding) => finding.proof !== proof && !follows.includes(finding.proof),
      );
      assert.equal(others.map(explain), [], 'other proofs speak too');
      const fits = (finding: Finding) =>
        finding.proof === proof &&
        (told(finding.construct, construct) || told(finding.object, construct)) &&
        says.every((part) => told(explain(finding), part));
      assert.ok(findings.some(fits), `no finding names '${construct}' and says ${says.join(' ')}:\n${all}`);
      assert.ok(
        findings.every(({ value, rule, remedy }) => value !== '' && rule !== '' && remedy !== ''),
        all,
      );
    });
  }
}
