import { separator } from './decoder.js';
import * as at from './indices.js';
import { add, nameByte, wordByte } from './payload-bytes.js';
import { weighSign } from './sign-rules.js';
import { SqlEvidence } from './sql-evidence.js';
import { weighName, weighWord } from './word-rules.js';
import { hashByte, hashStart } from './words.js';

/** So many times the same sign in a row is no accident. */
const longRun = 24;

/**
 * Reads decoded bytes as an interpreter would (SQL, shell, HTML, JavaScript, templates, Java, PHP) and adds what it finds
 * to the features. Nothing is matched as a phrase: words count by what stands before and after them, so that plain prose
 * with 'select' and 'from' in it stays prose. One pass, nothing allocated.
 */
export class PayloadScanner {
  readonly #sql = new SqlEvidence();

  /** @param isQuery whether names of parameters come before '='; in paths they do not */
  scan(bytes: Uint8Array, length: number, isQuery: boolean, x: Float32Array): void {
    const sql = this.#sql;
    let valueStart = 0;
    let equals = 0;
    // last sign that is no space, and the groups of the last word
    let before = separator;
    let lastMask = 0;
    let run = 0;
    let name = hashStart;
    let inName = false;
    let i = 0;
    while (i <= length) {
      const byte = i < length ? (bytes[i] as number) : separator;
      if (wordByte[byte] === 1) {
        const start = i;
        let hash = hashStart;
        let digits = 0;
        while (i < length && wordByte[bytes[i] as number] === 1) {
          const b = bytes[i] as number;
          hash = hashByte(hash, b);
          name = hashByte(name, b);
          if (b < 0x3a) digits++;
          i++;
        }
        inName = true;
        const isKey = isQuery && equals === 0;
        lastMask =
          digits === i - start
            ? 0
            : weighWord(bytes, length, start, i, hash, before, lastMask, isQuery, isKey, sql, x);
        continue;
      }
      if (inName) {
        if (nameByte[byte] === 1) name = hashByte(name, byte);
        else {
          weighName(name, byte, x);
          name = hashStart;
          inName = false;
        }
      }
      if (byte === separator) {
        sql.end(x);
        valueStart = i + 1;
        equals = 0;
        lastMask = 0;
        before = separator;
        i++;
        continue;
      }
      if (byte === 0x3d) {
        if (isQuery && equals === 0) valueStart = i + 1;
        else sql.comparison(bytes[i - 1] ?? 0, i + 1 < length ? (bytes[i + 1] as number) : 0);
        equals++;
      } else if (byte !== 0x20) weighSign(bytes, length, i, valueStart, sql, x);
      run = i > 0 && bytes[i - 1] === byte ? run + 1 : 0;
      if (run === longRun) add(x, at.oddShape, 0.5);
      if (byte !== 0x20 && byte !== 0x09) before = byte;
      i++;
    }
  }
}
