import type { IConstruct } from 'constructs';
import type { Endpoint } from '../core/endpoint.js';
import type { Text } from '../core/reference.js';
import type { GateOptions } from './gate.js';
import type { TileGroup } from './portal.js';
import type { MatchOptions, ResponseHeaders } from './route.js';

export interface HostProps {
  /** Name people know the host by; gives it a tile in the portal. @default - no title and no tile */
  readonly title?: string;
  /** One line below the title. */
  readonly description?: string;
  /** Heading its tile stands under; true is 'apps', false shows none. @default - true with a title */
  readonly tile?: boolean | TileGroup;
  /** Who declares the host, for messages. @default - the title is named instead */
  readonly owner?: IConstruct;
}

export interface MediaOptions {
  /** Name of the bucket that holds the objects. */
  readonly bucket: string;
  /** The S3 endpoint the app signs for: its host and port are part of the signature. */
  readonly upstream: Endpoint;
  /** Asked first, with the visitor's cookies and `X-Original-URL`; 200 lets the request pass. */
  readonly authorizedBy: { readonly endpoint: Endpoint; readonly path: string };
  /** What to take off the path before the bucket is put in front: the prefix, or a part of it. @default - the prefix */
  readonly strip?: string;
  /** Fields of the authorizing answer that go to the store. @default - Authorization, X-Amz-Date, X-Amz-Content-SHA256 */
  readonly captureHeaders?: readonly string[];
  /** Added to those that keep a file from acting as a page (CSP `default-src 'none'`, nosniff). */
  readonly responseHeaders?: ResponseHeaders;
  readonly gate?: GateOptions | false;
}

export interface StaticOptions extends MatchOptions {
  /** Folder in the proxy's image. */
  readonly root: string;
  /** File served when nothing matches, relative to `root`. @default - 404 */
  readonly fallback?: string;
  /** Tried in order on the path; the first that matches names the file. */
  readonly rewrites?: readonly { readonly pattern: RegExp; readonly target: string }[];
  readonly responseHeaders?: ResponseHeaders;
}

export interface RedirectOptions extends Omit<MatchOptions, 'exact'> {
  /** Also redirect what is below the path. @default false */
  readonly below?: boolean;
  /** Append what follows the path to the target. @default false */
  readonly keepPath?: boolean;
}

export interface AnswerOptions extends MatchOptions {
  readonly body: Text;
  /** @default 'text/plain; charset=utf-8' */
  readonly contentType?: string;
  /** @default 200 */
  readonly status?: number;
  readonly responseHeaders?: ResponseHeaders;
}

export interface DenyOptions extends Omit<MatchOptions, 'gate'> {
  /** 404 does not tell that something is there. @default 403 */
  readonly status?: 403 | 404;
}
