/** Numbers that look random and are the same in every run. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 up to 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number below a limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** What readers of HTTP stumble over. */
const pieces = [
  '\r',
  '\n',
  '\r\n',
  '\n\n',
  '\r\n\r\n',
  '\r\n ',
  '\r\n\t',
  '\u0000',
  '\u000b',
  '\u007f',
  '\u0080',
  '\u00a0',
  '\u00ff',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '#',
  '?',
  '/',
  '//',
  '*',
  '@',
  '%',
  '\\',
  '"',
  '0',
  '5',
  'f',
  'x',
  'Host: app.example.test\r\n',
  'Host: b\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Connection: cookie\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: websocket\r\n',
  'X_Real_IP: 1\r\n',
  'GET / HTTP/1.1\r\n',
  'HTTP/1.0',
  'HTTP/1.1',
  'http://app.example.test',
  'chunked',
  ', chunked',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  ';a=b',
  '\r\nX: y',
] as const;

/** A text with a few things done to it that a hostile or a broken sender would do. */
export function mutate(text: string, random: Random, most = 3): string {
  let out = text;
  for (let left = random.below(most + 1); left > 0; left--) {
    const at = random.below(out.length + 1);
    switch (random.below(7)) {
      case 0:
        out = out.slice(0, at) + random.pick(pieces) + out.slice(at);
        break;
      case 1:
        out = out.slice(0, at) + String.fromCharCode(random.below(256)) + out.slice(at + 1);
        break;
      case 2:
        out = out.slice(0, at) + out.slice(at + 1 + random.below(4));
        break;
      case 3:
        out = out.slice(0, at) + flipped(out.charAt(at)) + out.slice(at + 1);
        break;
      case 4: {
        const lines = out.split('\r\n');
        const from = random.below(lines.length);
        lines.splice(random.below(lines.length + 1), 0, lines[from] as string);
        out = lines.join('\r\n');
        break;
      }
      case 5: {
        const lines = out.split('\r\n');
        const [line] = lines.splice(random.below(lines.length), 1);
        lines.splice(random.below(lines.length + 1), 0, line as string);
        out = lines.join('\r\n');
        break;
      }
      default:
        out = out.slice(0, at) + random.pick(pieces) + out.slice(at + random.below(8));
    }
  }
  return out;
}

const flipped = (char: string) =>
  /[A-Za-z]/.test(char) ? String.fromCharCode(char.charCodeAt(0) ^ 0x20) : char;
