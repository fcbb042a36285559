/** Types of frames (RFC 9113 6). */
export const Frame = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames. */
export const Flag = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** Reasons of RST_STREAM and GOAWAY (RFC 9113 7). */
export const Code = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSize: 6,
  refused: 7,
  cancel: 8,
  compression: 9,
  calm: 11,
} as const;

/** Parameters of SETTINGS (RFC 9113 6.5.2, RFC 8441 3). */
export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  concurrentStreams: 3,
  initialWindow: 4,
  frameSize: 5,
  headerListSize: 6,
  connectProtocol: 8,
} as const;

/** Octets of the head of a frame. */
export const frameHead = 9;
/** Most octets in a frame, both ways: the size everybody must take, and none asks for more here. */
export const frameLimit = 16_384;
/** Largest window there may be. */
export const windowLimit = 0x7fffffff;
/** Every window, before anybody says otherwise. */
export const firstWindow = 65_535;
/** What a client says first. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
