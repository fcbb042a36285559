/** Bits of the code of each octet, and of EOS behind them (RFC 7541 appendix B). The code is canonical: no more is needed. */
export const codeLengths: readonly number[] = [
  ...[
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28,
    28, 28, 28, 28, 28, 28,
  ],
  ...[
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  ],
  ...[13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
    22, 23, 22, 23, 23, 24,
  ],
  ...[
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22,
    22, 22, 23, 22, 22, 23,
  ],
  ...[
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21,
    26, 26, 28, 27, 27, 27,
  ],
  ...[
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28,
    27, 27, 27, 27, 27, 26,
  ],
  ...[30],
];

/** Number of the symbol that ends everything, and may never come. */
const eos = 256;
const none = -1;
/** What leads nowhere. */
const dead = -1;

/** The code of each symbol: in the order of their lengths, and by value among equals. */
export const codes: readonly number[] = canonical();

function canonical(): number[] {
  const order = codeLengths.map((_, symbol) => symbol);
  order.sort((a, b) => (codeLengths[a] as number) - (codeLengths[b] as number) || a - b);
  const out: number[] = new Array(codeLengths.length).fill(0);
  let code = 0;
  let length = 0;
  for (const symbol of order) {
    const own = codeLengths[symbol] as number;
    code *= 2 ** (own - length);
    length = own;
    out[symbol] = code++;
  }
  return out;
}

/** The code as a tree: two children a node; a symbol is -2 - symbol, and 0 what is not there yet. */
function grow(): number[] {
  const tree = [0, 0];
  for (const [symbol, code] of codes.entries()) {
    let node = 0;
    for (let bit = (codeLengths[symbol] as number) - 1; bit >= 0; bit--) {
      const branch = 2 * node + (Math.floor(code / 2 ** bit) % 2);
      if (bit === 0) tree[branch] = -2 - symbol;
      else {
        if (tree[branch] === 0) {
          tree[branch] = tree.length / 2;
          tree.push(0, 0);
        }
        node = tree[branch] as number;
      }
    }
  }
  return tree;
}

const tree = grow();
const nodes = tree.length / 2;
/*
 * Four bits a step. No code is shorter than five, so that a step ends one symbol at most: where it leads, and the octet it
 * gave, stand at 16 * node + bits.
 */
const next = new Int16Array(16 * nodes);
const given = new Int16Array(16 * nodes).fill(none);
/** Where an end may be: nothing but the first bits of EOS since the last symbol, seven at most (RFC 7541 5.2). */
const mayEnd = new Uint8Array(nodes);

for (let node = 0; node < nodes; node++)
  for (let bits = 0; bits < 16; bits++) {
    const slot = 16 * node + bits;
    let here = node;
    for (let bit = 3; bit >= 0; bit--) {
      const to = tree[2 * here + ((bits >> bit) & 1)] as number;
      if (to > 0) here = to;
      else if (to === -2 - eos) {
        here = dead;
        break;
      } else {
        given[slot] = -2 - to;
        here = 0;
      }
    }
    next[slot] = here;
  }

for (let node = 0, length = 0; length <= 7; length++) {
  mayEnd[node] = 1;
  node = tree[2 * node + 1] as number;
}

/**
 * Decodes what stands from `at` to `end` into `out` from `to` on, which must have room: 8/5 of the length. Returns where it
 * ends there; -1 when it is not in this code, ends in the middle of a symbol or says EOS.
 */
export function decodeHuffman(
  bytes: Uint8Array,
  at: number,
  end: number,
  out: Uint8Array,
  to: number,
): number {
  let node = 0;
  for (; at < end; at++) {
    const octet = bytes[at] as number;
    let slot = (node << 4) | (octet >> 4);
    let symbol = given[slot] as number;
    if (symbol !== none) out[to++] = symbol;
    node = next[slot] as number;
    if (node === dead) return -1;
    slot = (node << 4) | (octet & 15);
    symbol = given[slot] as number;
    if (symbol !== none) out[to++] = symbol;
    node = next[slot] as number;
    if (node === dead) return -1;
  }
  return mayEnd[node] === 1 ? to : -1;
}
