import { Code, firstWindow, frameLimit, Setting, windowLimit } from './protocol.js';

/** Parameters in one frame; there are eight that mean something. */
const mostParameters = 32;
const largestFrame = 0xffffff;

/** Octets of a request body that may come before anybody reads them. */
export const streamWindow = 1_048_576;
/** The same for all requests of a connection. */
export const connectionWindow = 4_194_304;

/** What clients are told (RFC 9113 6.5.2). */
export function ownSettings(streams: number, headBytes: number): number[] {
  return [
    ...[Setting.concurrentStreams, streams],
    ...[Setting.initialWindow, streamWindow],
    ...[Setting.headerListSize, headBytes],
    ...[Setting.connectProtocol, 1],
  ];
}

/** What a client says about itself, as far as it matters here. */
export class ClientSettings {
  /** Window of each stream. */
  window = firstWindow;

  /**
   * Takes the payload of a SETTINGS frame over. Returns {@link Code.none}, or why the connection has to end. Pushing is not
   * done, tables are not used and frames are never larger than all take, so that only the window is kept.
   */
  read(bytes: Buffer, start: number, end: number): number {
    if ((end - start) % 6 !== 0) return Code.frameSize;
    if (end - start > 6 * mostParameters) return Code.calm;
    for (let at = start; at < end; at += 6) {
      const setting = bytes.readUInt16BE(at);
      const value = bytes.readUInt32BE(at + 2);
      switch (setting) {
        case Setting.enablePush:
        case Setting.connectProtocol:
          if (value > 1) return Code.protocol;
          break;
        case Setting.initialWindow:
          if (value > windowLimit) return Code.flowControl;
          this.window = value;
          break;
        case Setting.frameSize:
          if (value < frameLimit || value > largestFrame) return Code.protocol;
      }
    }
    return Code.none;
  }
}
