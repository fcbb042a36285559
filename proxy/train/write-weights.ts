import type { EnsembleData, Weights } from '../src/detect/score.js';
import type { EnsembleText } from '../src/detect/weights-format.js';

/** Source text of `src/detect/weights.ts`: numbers in base64, and where they come from. */
export function weightsModule(weights: Weights, provenance: readonly string[]): string {
  return `import { decodeWeights } from './weights-format.js';

/*
 * Written by \`npm run train -w proxy\`; do not edit.
${provenance.map((line) => ` * ${line}`.trimEnd()).join('\n')}
 */

/** The weights in use. */
export const weights = decodeWeights({
  version: '${weights.version}',
  request: ${ensembleText(weights.request)},
  client: ${ensembleText(weights.client)},
});
`;
}

/** The same as JSON, for `detection.shadowWeights`. */
export function weightsJson({ version, request, client }: Weights): string {
  const plain = ({ tree, network, limit, refuse }: EnsembleData): EnsembleText => ({
    inputs: network.inputs,
    hidden: network.hidden,
    limit,
    refuse,
    offset: network.offset,
    features: Array.from(tree.feature),
    left: Array.from(tree.left),
    thresholds: packed(tree.threshold),
    first: packed(network.first),
    bias: packed(network.bias),
    second: packed(network.second),
  });
  return JSON.stringify({ version, request: plain(request), client: plain(client) });
}

function packed(values: ArrayLike<number>): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i] as number, i * 4);
  return bytes.toString('base64');
}

function ensembleText({ tree, network, limit, refuse }: EnsembleData): string {
  const fields = [
    `inputs: ${network.inputs}`,
    `hidden: ${network.hidden}`,
    `limit: ${number(limit)}`,
    `refuse: ${number(refuse)}`,
    `offset: ${number(network.offset)}`,
    `features: ${list(tree.feature)}`,
    `left: ${list(tree.left)}`,
    `thresholds:${base64(tree.threshold)}`,
    `first:${base64(network.first)}`,
    `bias:${base64(network.bias)}`,
    `second:${base64(network.second)}`,
  ];
  return `{\n${fields.map((field) => `    ${field},`).join('\n')}\n  }`;
}

/** A float32 in as few digits as bring it back. */
function number(value: number): string {
  for (let digits = 1; digits < 12; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

/** Whole numbers, as the formatter of the repository lays them out. */
function list(values: ArrayLike<number>): string {
  const texts = Array.from(values, String);
  const line = `[${texts.join(', ')}]`;
  if (line.length < 90) return line;
  const lines: string[] = [];
  let current = '     ';
  for (const text of texts) {
    if (current.length + text.length + 2 > 110) {
      lines.push(current);
      current = '     ';
    }
    current += ` ${text},`;
  }
  return `[\n${[...lines, current].join('\n')}\n    ]`;
}

/** Float32, little-endian, as the text of a string over several lines. */
function base64(values: Float32Array): string {
  const text = packed(values);
  const lines = text.match(/.{1,92}/g) ?? [''];
  if (lines.length === 1) return ` '${lines[0]}'`;
  return `\n${lines.map((line) => `      '${line}'`).join(' +\n')}`;
}
