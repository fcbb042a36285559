import type { TimeoutsConfig } from './proxy-config.js';

/**
 * What kind of client a route serves. The proxy judges requests against the habits of the class (a git client has
 * no cookie, a CalDAV client sends PROPFIND), and the class sets the options its protocol needs.
 */
export type TrafficClass = 'browser' | 'api' | 'caldav' | 'git' | 's3' | 'matrix' | 'websocket' | 'stream';

/** Options a class sets unless the route says otherwise. */
export interface TrafficPreset {
  readonly byteExactPath?: boolean;
  readonly webSocket?: boolean;
  readonly bodyLimitMi?: number | 'unlimited';
  readonly buffering?: boolean;
  readonly timeouts?: TimeoutsConfig;
}

/** What differs from the proxy's own defaults (body 100 MiB; connect 3 s, response 60 s, idle 60 s, tunnel 1 h). */
export const trafficPresets: Readonly<Record<TrafficClass, TrafficPreset>> = {
  browser: {},
  api: {},
  caldav: {},
  /** Branch names hold %2F; a push or a registry layer is as large as it is, and packing it takes the server a while. */
  git: { byteExactPath: true, bodyLimitMi: 'unlimited', timeouts: { response: 300 } },
  /** Signatures cover the path as it was sent. */
  s3: { byteExactPath: true, bodyLimitMi: 'unlimited', timeouts: { response: 300 } },
  /** Ids in paths hold %21, %23 and %3A; `/sync` answers when there is news. */
  matrix: { byteExactPath: true, timeouts: { response: 120 } },
  websocket: { webSocket: true },
  /** Answers that arrive word by word, with pauses. */
  stream: { buffering: false, timeouts: { response: 600, idle: 600 } },
};
