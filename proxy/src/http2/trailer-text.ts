import { Fate, Field, fates, fieldNumber } from '../core/fields.js';
import { badValue, Kind } from './field-kind.js';
import type { FieldSink } from './hpack-decoder.js';

const UNDERSCORE = 95;

/** Fields that say nothing when they come after the body, or too much (RFC 9110 6.5.1). */
const neverTrailing = new Set<number>([
  ...[Field.host, Field.cookie, Field['set-cookie'], Field.authorization, Field['content-type'], Field.te],
  ...[Field['content-encoding'], Field['content-length'], Field['transfer-encoding'], Field.range],
  Field['cache-control'],
]);

/** Trailers of a request: the lines that may go on. */
export class TrailerText implements FieldSink {
  lines = '';
  /** They are no trailers (RFC 9113 8.1): pseudo-fields, or what no field may be. */
  malformed = false;

  begin(): void {
    this.lines = '';
    this.malformed = false;
  }

  onField(
    kind: number,
    bytes: Buffer,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
  ): boolean {
    if (kind >= badValue || kind === Kind.unnamed || kind === Kind.forbidden) this.malformed = true;
    else if (kind >= Kind.method && kind <= Kind.pseudo) this.malformed = true;
    if (kind !== Kind.plain) return false;
    const name = bytes.toString('latin1', nameStart, nameEnd);
    const id = fieldNumber(name);
    if (((fates[id] as number) & Fate.request) !== 0 || neverTrailing.has(id)) return false;
    // no routing, and no name an app would read as another one
    if (name.startsWith('x-auth-') || bytes.subarray(nameStart, nameEnd).includes(UNDERSCORE)) return false;
    this.lines += `${name}: ${bytes.toString('latin1', valueStart, valueEnd)}\r\n`;
    return false;
  }
}
