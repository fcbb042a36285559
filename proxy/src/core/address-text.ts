const COLON = 0x3a;
const DOT = 0x2e;

/** The 16 bytes of an address in text, IPv4 in its mapped form; undefined when it is none. See `parseAddress`. */
export function readBytes(text: string): Uint8Array | undefined {
  const zone = text.indexOf('%');
  const end = zone < 0 ? text.length : zone;
  // the longest form is '0000:0000:0000:0000:0000:0000:255.255.255.255'
  if (end > 45 || zone === text.length - 1) return undefined;
  const bytes = new Uint8Array(16);
  if (text.indexOf(':') >= 0) return readGroups(text, end, bytes) ? bytes : undefined;
  if (zone >= 0 || !readDotted(text, 0, end, bytes, 12)) return undefined;
  bytes[10] = 0xff;
  bytes[11] = 0xff;
  return bytes;
}

function readDotted(text: string, start: number, end: number, bytes: Uint8Array, at: number): boolean {
  let part = 0;
  let value = -1;
  for (let index = start; index <= end; index++) {
    const code = index < end ? text.charCodeAt(index) : DOT;
    if (code === DOT) {
      if (value < 0 || part === 4) return false;
      bytes[at + part++] = value;
      value = -1;
    } else if (code < 0x30 || code > 0x39 || value === 0) return false;
    else {
      value = value < 0 ? code - 0x30 : value * 10 + code - 0x30;
      if (value > 255) return false;
    }
  }
  return part === 4;
}

function readGroups(text: string, end: number, bytes: Uint8Array): boolean {
  let at = 0;
  let gap = -1;
  let index = 0;
  if (text.charCodeAt(0) === COLON) {
    if (end < 2 || text.charCodeAt(1) !== COLON) return false;
    gap = 0;
    index = 2;
  }
  while (index < end) {
    const start = index;
    let value = 0;
    let digit = index < end ? hexDigit(text.charCodeAt(index)) : -1;
    while (digit >= 0 && index - start < 4) {
      value = (value << 4) | digit;
      index++;
      digit = index < end ? hexDigit(text.charCodeAt(index)) : -1;
    }
    const next = index < end ? text.charCodeAt(index) : 0;
    if (next === DOT) {
      if (at > 12 || !readDotted(text, start, end, bytes, at)) return false;
      at += 4;
      break;
    }
    if (index === start || at > 14) return false;
    bytes[at++] = value >> 8;
    bytes[at++] = value & 0xff;
    if (index === end) break;
    if (next !== COLON || ++index === end) return false;
    if (text.charCodeAt(index) === COLON) {
      if (gap >= 0) return false;
      gap = at;
      index++;
    }
  }
  if (gap < 0) return at === 16;
  // '::' stands for one group at least
  if (at > 14) return false;
  bytes.copyWithin(gap + 16 - at, gap, at);
  bytes.fill(0, gap, gap + 16 - at);
  return true;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The last four bytes as IPv4. */
export function dotted(bytes: Uint8Array): string {
  return `${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`;
}

/** All bytes as IPv6 in the form of RFC 5952. */
export function compressed(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((bytes[index * 2] as number) << 8) | (bytes[index * 2 + 1] as number),
  );
  // RFC 5952 4.2: the longest run of zeros, two at least; the first of equal ones
  let start = -1;
  let length = 1;
  for (let index = 0; index < 8; index++) {
    let run = 0;
    while (index + run < 8 && groups[index + run] === 0) run++;
    if (run > length) {
      start = index;
      length = run;
    }
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return start < 0 ? hex(0, 8) : `${hex(0, start)}::${hex(start + length, 8)}`;
}
