import {
  Fate,
  fates,
  fieldCount,
  fieldNames,
  fieldNumber,
  hashSeed,
  hashStep,
  lookUpField,
  tokenChars,
} from '../core/fields.js';

/** Result of reading: more bytes are needed. */
export const INCOMPLETE = 0;
/** Result of reading: refused; the reason stands in `problem`. */
export const REFUSED = -1;

const CR = 13;
const LF = 10;
const COLON = 58;
const SPACE = 32;
const TAB = 9;
const UNDERSCORE = 95;
const DASH = 45;
const DELETE = 127;
const X_AUTH = 'x-auth-';

/**
 * The fields of one message, read in place: offsets into the text of its head, no string per field. Reading is strict:
 * what two readers could read differently is refused (RFC 9112 2.2, 5.1, 5.2; RFC 9110 5.5).
 */
export class FieldList {
  /** The head as received, one character per octet. */
  text = '';
  /** How many fields there are. */
  count = 0;
  /** Why reading was refused, for the log. */
  problem = '';
  /** More fields came than are allowed. */
  tooMany = false;
  /** Where name, name's end, value and value's end of each field stand, four numbers a field. */
  readonly offsets: Int32Array;
  /** Known number of each field. */
  readonly ids: Uint8Array;
  /** 1 where the field is not passed on. */
  readonly dropped: Uint8Array;
  /** First field of each known number, -1 when there is none. */
  private readonly first = new Int16Array(fieldCount).fill(-1);

  /** Values and lines that somebody asked for already. */
  private readonly values: (string | undefined)[];
  private linesText: string | undefined = undefined;
  /** What `dropped` was before somebody changed it. */
  private readonly asRead: Uint8Array;
  private altered = false;

  /** @param capacity most fields a message may have. */
  constructor(readonly capacity: number) {
    this.asRead = new Uint8Array(capacity);
    this.values = new Array<string | undefined>(capacity).fill(undefined);
    this.offsets = new Int32Array(4 * capacity);
    this.ids = new Uint8Array(capacity);
    this.dropped = new Uint8Array(capacity);
  }

  /** Whether a field of this number is there. */
  has(id: number): boolean {
    return (this.first[id] as number) >= 0;
  }

  /** Index of the first field of this number, -1 when there is none. */
  indexOf(id: number): number {
    return this.first[id] as number;
  }

  /** Value of the first field of this number, '' when there is none. */
  get(id: number): string {
    const at = this.first[id] as number;
    return at < 0 ? '' : this.value(at);
  }

  /** Value of a field by index. */
  value(at: number): string {
    let value = this.values[at];
    if (value === undefined) {
      value = this.text.slice(this.offsets[4 * at + 2], this.offsets[4 * at + 3]);
      this.values[at] = value;
    }
    return value;
  }

  /** Name of a field by index, in lower case. */
  name(at: number): string {
    const id = this.ids[at] as number;
    return id !== 0
      ? (fieldNames[id] as string)
      : this.text.slice(this.offsets[4 * at], this.offsets[4 * at + 1]).toLowerCase();
  }

  /** All values of a known field, joined by comma; by semicolon for Cookie (RFC 9113 8.2.3). */
  all(id: number, separator = ', '): string {
    let joined = '';
    for (let at = this.first[id] as number; at >= 0 && at < this.count; at++)
      if (this.ids[at] === id) joined = joined === '' ? this.value(at) : joined + separator + this.value(at);
    return joined;
  }

  /** How often a known field stands. */
  times(id: number): number {
    let times = 0;
    for (let at = this.first[id] as number; at >= 0 && at < this.count; at++)
      if (this.ids[at] === id) times++;
    return times;
  }

  /** Takes back what was read before. */
  protected clear(): void {
    for (let at = 0; at < this.count; at++) {
      this.first[this.ids[at] as number] = -1;
      if (this.values[at] !== undefined) this.values[at] = undefined;
    }
    this.linesText = undefined;
    this.altered = false;
    this.count = 0;
    this.problem = '';
    this.tooMany = false;
  }

  /** The same fields again: what was changed since they were read is undone. */
  protected restore(): void {
    if (!this.altered) return;
    this.dropped.set(this.asRead);
    this.linesText = undefined;
    this.altered = false;
  }

  /** What reading marked as not passed on belongs to the fields. */
  protected readDone(): void {
    this.altered = false;
  }

  private alter(): void {
    if (!this.altered) {
      this.asRead.set(this.dropped);
      this.altered = true;
    }
    this.linesText = undefined;
  }

  /**
   * Reads field lines from `at` up to and with the empty line; `text` holds the same octets as `bytes`, one character
   * each, with `text` beginning at octet `base`. `fate` says which known fields are not passed on. Returns where in `text`
   * the message body starts, {@link INCOMPLETE} or {@link REFUSED}.
   */
  protected readFields(bytes: Uint8Array, base: number, text: string, at: number, fate: number): number {
    const { offsets, ids, dropped, first, capacity } = this;
    const lowerOf = tokenChars;
    const end = base + text.length;
    let here = base + at;
    this.text = text;
    let count = 0;
    for (;;) {
      if (here >= end) return this.stop(count, INCOMPLETE);
      let code = bytes[here] as number;
      if (code === CR) {
        if (here + 1 >= end) return this.stop(count, INCOMPLETE);
        if (bytes[here + 1] !== LF) return this.refuse(count, 'a carriage return without a line feed');
        this.count = count;
        return here + 2 - base;
      }
      if (count === capacity) {
        this.tooMany = true;
        return this.refuse(count, `more than ${capacity} fields`);
      }
      // name: token characters up to the colon; a folded line or a space before the colon is refused here
      const nameStart = here;
      let hash = hashSeed;
      let underscored = false;
      for (;;) {
        const lower = lowerOf[code] as number;
        if (lower === 0) break;
        if (lower === UNDERSCORE) {
          underscored = true;
          hash = hashStep(hash, DASH);
        } else hash = hashStep(hash, lower);
        if (++here >= end) return this.stop(count, INCOMPLETE);
        code = bytes[here] as number;
      }
      if (code !== COLON || here === nameStart)
        return this.refuse(count, 'a field name with a character no name may have');
      const nameEnd = here++;
      // value: visible characters, spaces, tabs and obs-text (RFC 9110 5.5), without the white space around it
      code = bytes[here] as number;
      while (here < end && (code === SPACE || code === TAB)) code = bytes[++here] as number;
      const valueStart = here;
      while (here < end && (code > 31 ? code !== DELETE : code === TAB)) code = bytes[++here] as number;
      if (here >= end) return this.stop(count, INCOMPLETE);
      if (code !== CR) return this.refuse(count, `octet ${code} in a field value`);
      if (here + 1 >= end) return this.stop(count, INCOMPLETE);
      if (bytes[here + 1] !== LF) return this.refuse(count, 'a carriage return without a line feed');
      let valueEnd = here;
      while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1] as number)) valueEnd--;
      here += 2;
      let id = 0;
      let drop = 0;
      if (underscored) {
        // WSGI and CGI read X_Real_IP as X-Real-IP: a name the proxy answers for must not come in by that door
        const twin = text
          .slice(nameStart - base, nameEnd - base)
          .replaceAll('_', '-')
          .toLowerCase();
        if (fieldNumber(twin) !== 0 || twin.startsWith(X_AUTH)) drop = 1;
      } else {
        id = lookUpField(bytes, nameStart, nameEnd, hash);
        if (id !== 0) {
          if (((fates[id] as number) & fate) !== 0) drop = 1;
          if ((first[id] as number) < 0) first[id] = count;
        } else if (
          fate === Fate.request &&
          nameEnd - nameStart > X_AUTH.length &&
          startsWithXAuth(bytes, nameStart)
        )
          drop = 1;
      }
      const slot = 4 * count;
      offsets[slot] = nameStart - base;
      offsets[slot + 1] = nameEnd - base;
      offsets[slot + 2] = valueStart - base;
      offsets[slot + 3] = valueEnd - base;
      ids[count] = id;
      dropped[count] = drop;
      count++;
    }
  }

  private stop(count: number, result: number): number {
    this.count = count;
    return result;
  }

  protected refuse(count: number, problem: string): number {
    this.count = count;
    this.problem = problem;
    return REFUSED;
  }

  /**
   * The lines of all fields that are passed on, as received; neighbours are taken in one piece. A value that had white
   * space around it goes on without.
   */
  lines(): string {
    this.linesText ??= this.joinLines();
    return this.linesText;
  }

  private joinLines(): string {
    const { text, offsets, dropped, count } = this;
    let out = '';
    let from = -1;
    let to = 0;
    for (let at = 0; at < count; at++) {
      const base = 4 * at;
      if (dropped[at] === 1) {
        if (from >= 0) {
          out += text.slice(from, to);
          from = -1;
        }
        continue;
      }
      const nameStart = offsets[base] as number;
      const nameEnd = offsets[base + 1] as number;
      const valueStart = offsets[base + 2] as number;
      const valueEnd = offsets[base + 3] as number;
      const tidy =
        text.charCodeAt(valueEnd) === CR &&
        (valueStart === nameEnd + 1 ||
          (valueStart === nameEnd + 2 && text.charCodeAt(nameEnd + 1) === SPACE));
      if (!tidy) {
        if (from >= 0) out += text.slice(from, to);
        from = -1;
        out += `${text.slice(nameStart, nameEnd)}: ${text.slice(valueStart, valueEnd)}\r\n`;
        continue;
      }
      if (from < 0) from = nameStart;
      to = valueEnd + 2;
    }
    return from >= 0 ? out + text.slice(from, to) : out;
  }

  /** Marks every field of a number as not passed on. */
  drop(id: number): void {
    this.alter();
    for (let at = this.first[id] as number; at >= 0 && at < this.count; at++)
      if (this.ids[at] === id) this.dropped[at] = 1;
  }

  /** Marks every field but those of these numbers as not passed on. */
  keepOnly(ids: readonly number[]): void {
    this.alter();
    for (let at = 0; at < this.count; at++) if (!ids.includes(this.ids[at] as number)) this.dropped[at] = 1;
  }

  /**
   * Marks every field with one of these lower-case names as not passed on, and those that WSGI and CGI take for the same:
   * X_User for X-User.
   */
  dropNames(names: readonly string[]): void {
    this.alter();
    for (let at = 0; at < this.count; at++) {
      const name = this.name(at);
      if (names.includes(name) || (name.includes('_') && names.includes(name.replaceAll('_', '-'))))
        this.dropped[at] = 1;
    }
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function startsWithXAuth(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < X_AUTH.length; i++)
    if (tokenChars[bytes[at + i] as number] !== X_AUTH.charCodeAt(i)) return false;
  return true;
}
