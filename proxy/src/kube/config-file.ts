import { MountWatch } from './mounts.js';

/** How a configuration file is watched. */
export interface WatchFileOptions {
  /** Called once for each new problem: the file is gone, or `onText` threw. */
  readonly onProblem: (error: Error) => void;
  /** How often to look when the system told of no change. @default 10,000 ms */
  readonly pollMs?: number;
}

/** A file that is being watched. */
export interface WatchedFile {
  /** The first read is over, whether or not the file was there. */
  readonly read: Promise<void>;
  stop(): void;
}

/**
 * Hands the text of a file on, at once and after each change, also when it is a link in a Kubernetes mount. It keeps no
 * process alive.
 */
export function watchFile(
  path: string,
  onText: (text: string) => void,
  { onProblem, pollMs }: WatchFileOptions,
): WatchedFile {
  const mount = new MountWatch({
    paths: [path],
    onTexts: ([text = '']) => onText(text),
    onProblem,
    code: 'EDGE_CONFIG',
    ...(pollMs === undefined ? {} : { pollMs }),
  });
  return { read: mount.start(), stop: () => mount.stop() };
}
