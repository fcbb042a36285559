/** The WebSocket messages of the benchmark: text of 100 bytes, one frame each way (RFC 6455 section 5.2). */

const text = Buffer.alloc(100, 'message ');
const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** A message of the client: masked. */
export const clientFrame = Buffer.concat([
  Buffer.from([0x81, 0x80 | text.length]),
  mask,
  text.map((byte, i) => byte ^ (mask[i & 3] ?? 0)),
]);

/** Bytes of a message of the client. */
export const clientFrameBytes = clientFrame.length;

/** A message of the server. */
export const serverFrame = Buffer.concat([Buffer.from([0x81, text.length]), text]);
