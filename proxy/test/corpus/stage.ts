import type { ErrorCode } from '../../src/core/errors.js';
import type { Exchange } from '../../src/exchange.js';
import type { Observer } from '../../src/service.js';
import { readResponse } from '../fuzz/reference.js';
import { issue } from '../support/certificates.js';
import { type RunningEdge, startEdge } from '../support/edge.js';
import { RawClient } from '../support/raw-client.js';
import { type Case, host, type Seen } from './case.js';
import { Recorder, understood } from './recorder.js';

/** A request as the proxy logged it. */
export interface Logged {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly requestBytes: number;
  readonly upstream: string;
}

/** Keeps what the proxy says about itself. */
export class Log implements Observer {
  readonly requests: Logged[] = [];
  readonly refused: { readonly status: number; readonly code: ErrorCode; readonly problem: string }[] = [];

  finished({ head, path, status, requestBytes, upstream }: Exchange): void {
    this.requests.push({ method: head.method, path, status, requestBytes, upstream });
  }

  refusedHead(_peer: unknown, status: number, code: ErrorCode, problem: string): void {
    this.refused.push({ status, code, problem });
  }

  limited(): void {}
  upstreamFailed(): void {}

  sample(): boolean {
    return false;
  }
}

/** A proxy before a recording upstream. */
export class Stage {
  readonly log = new Log();

  private constructor(
    readonly edge: RunningEdge,
    readonly upstream: Recorder,
    readonly secure: boolean,
  ) {
    edge.edge.service.observer = this.log;
  }

  /** @param secure over TLS, or else routes over plain HTTP */
  static async open(secure: boolean): Promise<Stage> {
    const upstream = await new Recorder().listen();
    const { files } = issue({ names: ['example.test', '*.example.test'] });
    const to = {
      kind: 'proxy',
      upstream: `http://127.0.0.1:${upstream.port}`,
      class: 'api',
      buffering: false,
    } as const;
    const edge = await startEdge({
      domain: 'example.test',
      tls: secure ? { files: [{ cert: files.cert, key: files.key }] } : {},
      // so many connections of one address are a flood to others
      peers: { unlimited: ['127.0.0.1/32'] },
      hosts: [
        { name: 'example.test', routes: [{ kind: 'portal', path: '/' }] },
        {
          name: host,
          routes: [
            { ...to, path: '/' },
            { ...to, path: '/socket', webSocket: true },
            { ...to, path: '/small', bodyLimitMi: 1 },
          ],
        },
        { name: 'other.example.test', routes: [{ ...to, path: '/' }] },
      ],
    });
    return new Stage(edge, upstream, secure);
  }

  connect(): Promise<RawClient> {
    return this.secure
      ? RawClient.tls(this.edge.https, this.edge.certificate.ca, host)
      : RawClient.plain(this.edge.http);
  }

  async close(): Promise<void> {
    await this.edge.stop();
    await this.upstream.close();
  }

  /**
   * Sends the octets of a case and judges what came of them. Behind requests that left the connection open another one
   * is sent: it is answered as itself only if the proxy and the upstream agree on where it begins.
   * @param pieces in how many writes
   * @returns what is wrong; undefined when nothing is
   */
  async judge(one: Case, pieces = 1): Promise<string | undefined> {
    const { log, upstream } = this;
    const before = {
      requests: upstream.requests.length,
      logged: log.requests.length,
      refused: log.refused.length,
    };
    const client = await this.connect();
    const methods = one.seen.map(({ method }) => method);
    await sendIn(client, one.octets, pieces);
    if (one.answers.length === 0) client.socket.end();
    await client.until(
      (text) => answersIn(text, methods, false).length >= one.answers.length && one.answers.length > 0,
    );
    const answers = answersIn(client.text, methods, client.ended);
    const closing =
      answers.length === 0 || answers.length < one.answers.length || answers.at(-1)?.close === true;
    let seen: readonly Seen[] = one.seen;
    if (closing) await client.end();
    else {
      const sentinel = { method: 'GET', target: '/sentinel', body: '' };
      client.send(`GET /sentinel HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      await client.end();
      seen = [...seen, sentinel];
    }
    const expected = [...one.answers, ...(closing ? [] : [200])];
    const all = answersIn(client.text, [...methods, 'GET'], true);
    client.close();
    const told = (list: readonly (number | string)[]) => (list.length === 0 ? 'nothing' : list.join());
    const statuses = all.map(({ status }) => status);
    if (told(statuses) !== told(expected))
      return `answered ${told(statuses)} in place of ${told(expected)}: ${JSON.stringify(client.text.slice(0, 600))}`;
    if (one.closes === true && !closing) return 'the connection stays open';
    const recorded = upstream.requests.slice(before.requests);
    const logged = log.requests.slice(before.logged);
    const lines = recorded.map(understood);
    if (told(lines) !== told(seen.map(understood)))
      return `the upstream saw ${told(lines)} in place of ${told(seen.map(understood))}`;
    for (const [at, { body }] of seen.entries())
      if (recorded[at]?.body !== body) return 'the upstream saw another body';
    const bodies = all.filter(({ status }) => status === 200).map(({ body }) => body);
    const answered = seen.map((item) => (item.method === 'HEAD' ? '' : understood(item)));
    if (told(bodies) !== told(answered))
      return `the client got ${told(bodies)} in place of ${told(answered)}`;
    const passed = logged.filter(({ status }) => status === 200).length;
    if (passed !== recorded.length)
      return `the upstream saw ${recorded.length} requests, and the log has ${passed}`;
    const told200 = logged
      .filter(({ status }) => status === 200)
      .map(({ method, requestBytes }) => `${method} ${requestBytes}`);
    if (told(told200) !== told(seen.map(({ method, body }) => `${method} ${body.length}`)))
      return `the log has ${told(told200)}`;
    const octets = recorded
      .slice(0, one.seen.length)
      .map((item) => item.octets)
      .join('')
      .toLowerCase();
    for (const text of one.has ?? [])
      if (!octets.includes(text.toLowerCase()))
        return `no ${JSON.stringify(text)} in ${JSON.stringify(octets)}`;
    for (const text of one.hasNot ?? [])
      if (octets.includes(text.toLowerCase())) return `${JSON.stringify(text)} in ${JSON.stringify(octets)}`;
    return upstream.problems.splice(0)[0];
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly close: boolean;
}

/** Final answers in what a client got. */
export function answersIn(text: string, methods: readonly string[], ended: boolean): Answer[] {
  const answers: Answer[] = [];
  let rest = text;
  while (rest !== '') {
    const whole = readResponse(rest, methods[answers.length] === 'HEAD', ended);
    if (whole === undefined) break;
    if (typeof whole === 'string') {
      answers.push({ status: -1, body: whole, close: true });
      break;
    }
    rest = rest.slice(whole.length);
    if (whole.head.status >= 200)
      answers.push({ status: whole.head.status, body: whole.body, close: whole.head.close });
  }
  return answers;
}

/** Sends a text in several writes, each in a turn of the loop of its own. */
export async function sendIn(client: RawClient, text: string, pieces: number): Promise<void> {
  const size = Math.max(1, Math.ceil(text.length / pieces));
  for (let at = 0; at < text.length && !client.ended; at += size) {
    await new Promise<void>((sent) => client.socket.write(text.slice(at, at + size), 'latin1', () => sent()));
    await new Promise((turn) => setImmediate(turn));
  }
}
