import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { KubeApi } from '../../src/kube/api.js';
import type { Timers } from '../../src/kube/timers.js';
import { issue } from '../support/certificates.js';

/** An object as a test writes it. */
export interface Written {
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** Waits for conditions that change by events, and fails when they do not come about. */
export class Changes {
  private readonly waiting = new Set<() => void>();

  notify(): void {
    for (const check of [...this.waiting]) check();
  }

  until(what: string, condition: () => boolean): Promise<void> {
    return new Promise((done, fail) => {
      const end = (error?: Error) => {
        clearTimeout(timer);
        this.waiting.delete(check);
        if (error === undefined) done();
        else fail(error);
      };
      const check = () => {
        if (condition()) end();
      };
      const timer = setTimeout(() => end(new Error(`not within 5 s: ${what}`)), 5000);
      this.waiting.add(check);
      check();
    });
  }
}

/** Time that passes when the test says so. */
export class FakeTimers implements Timers {
  private time = 0;
  private readonly due = new Map<object, { at: number; run: () => void }>();
  /** What was waited for, in ms. */
  readonly waits: number[] = [];

  constructor(private readonly changes: Changes) {}

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    const key = {};
    this.due.set(key, { at: this.time + ms, run });
    this.waits.push(ms);
    this.changes.notify();
    return () => this.due.delete(key);
  }

  advance(ms: number): void {
    this.time += ms;
    for (const [key, { at, run }] of [...this.due]) if (at <= this.time && this.due.delete(key)) run();
  }
}

/** A double of the API server with one collection at any path, whose faults a test can choose. */
export class FakeApi {
  readonly changes = new Changes();
  readonly timers = new FakeTimers(this.changes);
  readonly lists: URL[] = [];
  readonly watches: URL[] = [];
  /** The only one that is accepted. */
  token = 'first';
  /** Answered instead, once each: status and body, or a connection that is cut. */
  readonly faults: ({ status: number; body: string } | 'cut')[] = [];
  private readonly objects = new Map<string, Written>();
  private readonly open = new Set<ServerResponse>();
  private version = 100;

  private constructor(
    private readonly server: Server,
    private readonly authority: string,
  ) {}

  static async start(): Promise<FakeApi> {
    const { cert, key, ca } = issue({ names: ['127.0.0.1'] });
    const server = createServer({ cert, key });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const api = new FakeApi(server, ca);
    server.on('request', (request, response) => api.answer(request, response));
    return api;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  client(token: (fresh: boolean) => Promise<string> = async () => this.token, timeoutMs = 5000): KubeApi {
    return new KubeApi({ server: this.url, token, ca: async () => this.authority, timeoutMs });
  }

  /** Writes an object; watchers hear of it unless `silently`. */
  put(object: Written, silently = false): void {
    const known = this.objects.get(object.metadata.name);
    const metadata = { uid: known?.metadata.uid ?? `uid-${this.version}`, ...object.metadata };
    const stored = { ...object, metadata: { ...metadata, resourceVersion: String(++this.version) } };
    this.objects.set(object.metadata.name, stored);
    if (!silently) this.send({ type: known === undefined ? 'ADDED' : 'MODIFIED', object: stored });
  }

  remove(name: string, silently = false): void {
    const known = this.objects.get(name);
    if (known === undefined) return;
    this.objects.delete(name);
    const metadata = { ...known.metadata, resourceVersion: String(++this.version) };
    if (!silently) this.send({ type: 'DELETED', object: { ...known, metadata } });
  }

  stored(name: string): Written {
    const known = this.objects.get(name);
    if (known === undefined) throw new Error(`${name} is not stored`);
    return known;
  }

  send(event: unknown): void {
    this.raw(`${JSON.stringify(event)}\n`);
  }

  raw(text: string | Buffer): void {
    for (const response of this.open) response.write(text);
  }

  /** Ends open watches the way a server does when their time is over. */
  endWatches(): void {
    for (const response of this.open) response.end();
    this.open.clear();
  }

  /** Forgets open watches without a word, like a network that is gone. */
  abandonWatches(): void {
    this.open.clear();
  }

  watching(count: number): Promise<void> {
    return this.changes.until(`watch ${count} opened`, () => this.watches.length >= count);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url);
    const isWatch = url.searchParams.get('watch') === '1';
    (isWatch ? this.watches : this.lists).push(url);
    const fault = this.faults.shift();
    if (fault === 'cut') request.socket.destroy();
    else if (fault !== undefined) response.writeHead(fault.status).end(fault.body);
    else if (request.headers.authorization !== `Bearer ${this.token}`)
      response.writeHead(401).end('{"kind":"Status","code":401,"message":"Unauthorized"}');
    else if (isWatch) {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      this.open.add(response);
      response.once('close', () => {
        this.open.delete(response);
        this.changes.notify();
      });
    } else {
      const metadata = { resourceVersion: String(this.version) };
      response.end(JSON.stringify({ kind: 'List', metadata, items: [...this.objects.values()] }));
    }
    this.changes.notify();
  }
}
