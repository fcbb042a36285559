/*
 * Parts of the line that carries the trace upstream: 'traceparent: 00-<32 digits>-<16 digits>-<2 digits>\r\n'. It is
 * written by the proxy itself, so that places are enough and nothing is parsed.
 */

const SPAN = 49;
const FLAGS = 66;

/** Id of the proxy's own span, '' when there is no trace. */
export function spanId(lines: string): string {
  return lines.length < FLAGS + 2 ? '' : lines.slice(SPAN, SPAN + 16);
}

/** Whether the trace was chosen for recording when it came in. */
export function isSampled(lines: string): boolean {
  return lines.length >= FLAGS + 2 && (lines.charCodeAt(FLAGS + 1) & 1) === 1;
}
