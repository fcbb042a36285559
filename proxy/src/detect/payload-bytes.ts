/** Bytes of words. */
export const wordByte = new Uint8Array(256);
/** Bytes of words and of what names of files and hosts hold besides. */
export const nameByte = new Uint8Array(256);
for (const c of 'abcdefghijklmnopqrstuvwxyz0123456789_') wordByte[c.charCodeAt(0)] = 1;
for (const c of 'abcdefghijklmnopqrstuvwxyz0123456789_.-') nameByte[c.charCodeAt(0)] = 1;

/** Adds evidence to a feature. */
export function add(x: Float32Array, feature: number, evidence: number): void {
  x[feature] = (x[feature] as number) + evidence;
}

/** Whether what stands before a word makes a shell run it: ; | & ` $( a new line, or /bin/. */
export function isRun(bytes: Uint8Array, start: number, before: number): boolean {
  if (before === 0x3b || before === 0x7c || before === 0x26 || before === 0x60 || before === 0x0a)
    return true;
  if (before === 0x28) {
    let i = start - 1;
    while (i > 0 && bytes[i] !== 0x28) i--;
    return i > 0 && bytes[i - 1] === 0x24;
  }
  return (
    before === 0x2f && bytes[start - 2] === 0x6e && bytes[start - 3] === 0x69 && bytes[start - 4] === 0x62
  );
}

/** Whether an expression calls or computes something before it closes: `{{7*7}}`, `${jndi:…}`, `${x.y()}`. */
export function isCalling(bytes: Uint8Array, length: number, open: number): boolean {
  const end = Math.min(length, open + 64);
  for (let i = open + 1; i < end; i++) {
    const byte = bytes[i];
    if (byte === 0x7d) return false;
    if (byte === 0x28 || byte === 0x2a || byte === 0x3a || byte === 0x5b || byte === 0x7b || byte === 0x40)
      return true;
  }
  return false;
}
