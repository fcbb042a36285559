/** What does not stand in a JSON string as it is: all but printable ASCII, and '"' and '\\'. */
const special = /[^ !#-[\]-~]/;

/**
 * A text as it stands between the quotes of a JSON string (RFC 8259 7). What comes out is ASCII whatever goes in:
 * everything else is written as \u and four digits, so that a batch of lines is written one octet a character, and what
 * a client sent as octets above 127 is read back as the very characters the proxy saw.
 */
export function jsonText(text: string): string {
  // three times as fast as a loop: a piece cut from a head is looked through without a detour for each character
  return special.test(text) ? escaped(text) : text;
}

function escaped(text: string): string {
  let out = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c) continue;
    out += text.slice(from, at);
    from = at + 1;
    if (code === 0x22) out += '\\"';
    else if (code === 0x5c) out += '\\\\';
    else out += `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return out + text.slice(from);
}

/** Longest text cut to `most` characters; a surrogate pair is not cut in two. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}

/** Milliseconds with three decimals; 0 for what is not a time, such as one before the clock began. */
export function milliseconds(value: number): string {
  if (!(value > 0)) return '0';
  const micros = Math.round(value * 1000);
  const whole = Math.floor(micros / 1000);
  const rest = micros - whole * 1000;
  if (rest === 0) return String(whole);
  return rest < 10 ? `${whole}.00${rest}` : rest < 100 ? `${whole}.0${rest}` : `${whole}.${rest}`;
}

/** Writes times as ISO 8601 in UTC; the second written last is remembered, since lines come by the thousand in one. */
export class IsoTime {
  private second = -1;
  private prefix = '';

  /** @param time milliseconds since 1970 */
  text(time: number): string {
    const whole = Math.floor(time);
    const second = Math.floor(whole / 1000);
    if (second !== this.second) {
      this.second = second;
      this.prefix = new Date(second * 1000).toISOString().slice(0, -4);
    }
    const rest = whole - second * 1000;
    return `${this.prefix}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
  }
}
