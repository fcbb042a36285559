import * as at from './indices.js';
import { add } from './payload-bytes.js';
import { groups } from './vocabulary.js';
import { hashWord } from './words.js';

const { sqlVerb, sqlClause, sqlLogic } = groups;
const select = hashWord('select');
const union = hashWord('union');
const from = hashWord('from');

/** What was seen in a value, as bits. */
const sawSelect = 1;
const sawUnion = 2;
const sawFrom = 4;
const sawVerb = 8;
const sawClause = 16;
const sawLogic = 32;
const sawCompare = 64;
const sawBreak = 128;
const sawCall = 256;
const sawComment = 512;

/** SQL in one value. Its words and signs are everyday ones: they only mean something together. */
export class SqlEvidence {
  #saw = 0;
  #quote = false;

  /** A word of these groups, after this sign. */
  word(mask: number, hash: number, before: number, x: Float32Array): void {
    if ((mask & (sqlVerb | sqlClause | sqlLogic)) === 0) return;
    if (hash === union) this.#saw |= sawUnion;
    else if (hash === select) this.#saw |= sawSelect;
    else if (hash === from) this.#saw |= sawFrom;
    else if ((mask & sqlVerb) !== 0) this.#saw |= sawVerb;
    else if ((mask & sqlClause) !== 0) this.#saw |= sawClause;
    if ((mask & (sqlLogic | sqlVerb)) === 0) return;
    if ((mask & sqlLogic) !== 0) this.#saw |= sawLogic;
    // a quote or a bracket that ends what the author of the page had begun
    if (before === 0x27 || (this.#quote && (before === 0x29 || before === 0x3b))) {
      this.#saw |= sawBreak;
      add(x, at.sqlLogic, 0.5);
    }
  }

  /** A function of SQL with its bracket. */
  call(): void {
    this.#saw |= sawCall;
  }

  /** `1=1`, `'a'='a`: the two sides of a sign that is not the one between name and value. */
  comparison(left: number, right: number): void {
    const isLeft = left === 0x27 || left === 0x29 || left === 0x20 || (left >= 0x30 && left <= 0x39);
    const isRight = right === 0x27 || right === 0x28 || right === 0x20 || (right >= 0x30 && right <= 0x39);
    if (isLeft && isRight) this.#saw |= sawCompare;
  }

  /** A quote that is no apostrophe, and what follows it: `'` at the end, or one of `) ; | - # +`. */
  quote(next: number, isEnd: boolean): void {
    this.#quote = true;
    if (
      isEnd ||
      next === 0x29 ||
      next === 0x3b ||
      next === 0x7c ||
      next === 0x2d ||
      next === 0x23 ||
      next === 0x2b
    )
      this.#saw |= sawBreak;
  }

  /** `||` joins texts, once a quote is open. */
  join(): void {
    if (this.#quote) this.#saw |= sawBreak;
  }

  /** `--` or the beginning of a comment in `/`. */
  comment(): void {
    this.#saw |= sawComment;
  }

  /** `#` reaches a server only encoded; it is a comment after something to comment out. */
  hash(): void {
    if (this.#saw !== 0 || this.#quote) this.#saw |= sawComment;
  }

  /** The value ends: adds up what it held, and begins anew. */
  end(x: Float32Array): void {
    if (this.#saw !== 0) this.#weigh(x);
    this.#saw = 0;
    this.#quote = false;
  }

  #weigh(x: Float32Array): void {
    let found = 0;
    if (this.#has(sawUnion | sawSelect)) found += 1;
    if (this.#has(sawSelect | sawFrom) || this.#has(sawVerb | sawClause)) found += 0.25;
    if (this.#has(sawSelect | sawCall)) found += 0.5;
    add(x, at.sqlWords, found);
    let logic = 0;
    if (this.#has(sawLogic | sawCompare)) logic += 0.75;
    if (this.#has(sawClause | sawCompare) || this.#has(sawSelect | sawCompare)) logic += 0.5;
    if (this.#has(sawBreak)) logic += 0.25;
    if (this.#has(sawBreak | sawCompare) || this.#has(sawBreak | sawComment)) logic += 0.5;
    add(x, at.sqlLogic, logic);
    if (this.#has(sawComment) && ((this.#saw & ~sawComment) !== 0 || this.#quote)) add(x, at.sqlComment, 1);
  }

  #has(bits: number): boolean {
    return (this.#saw & bits) === bits;
  }
}
