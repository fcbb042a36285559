import type { Socket } from 'node:net';
import type { Peer } from '../peer.js';
import type { Service } from '../service.js';
import { FloodGuard } from './flood-guard.js';
import { FrameReader } from './frame-reader.js';
import { wholeField } from './hpack-encoder.js';
import { Liveness } from './liveness.js';
import { Output } from './output.js';
import { Code, firstWindow } from './protocol.js';
import { Receiver } from './receiver.js';
import { Requests } from './requests.js';
import { ClientSettings, connectionWindow, ownSettings } from './settings.js';
import type { Http2Stream } from './stream.js';

/** Milliseconds a connection has to go after it was told to. */
const lingerTime = 5000;
/** Milliseconds for the last words to a client that broke a rule. */
const farewellTime = 500;
/** Octets of answers to PING and SETTINGS that may wait because the client does not read. */
const unreadLimit = 1_048_576;
/** What our PINGs say. */
const ours = 0x65646765;

const nothing = Buffer.alloc(0);

/** A client's connection that speaks HTTP/2 (RFC 9113): many requests at once, each a stream. */
export class Http2Connection {
  readonly kind = 'h2';
  /** Goes up with everything that happens: streams, bodies. */
  activity = 0;
  /** The connection is closed, or about to be. */
  gone = false;
  /** The client was told that no new requests are taken. */
  leaving = false;
  /** The client said that it will ask for nothing more. */
  private clientLeft = false;
  /** Strict-Transport-Security as it stands in answers; empty when there is none. */
  readonly hsts: Buffer;
  readonly settings = new ClientSettings();
  readonly guard = new FloodGuard();
  readonly output: Output;
  readonly requests: Requests;
  private readonly receiver: Receiver;
  private readonly reader: FrameReader;
  private readonly liveness: Liveness;
  /** Since when a head is not complete; 0 when none is under way. */
  private stuckSince = 0;
  /** When to cut the connection, in milliseconds of the service's clock. */
  private deadline = Number.POSITIVE_INFINITY;

  /**
   * @param socket after its TLS handshake, with ALPN h2, unread
   * @param service takes care of the requests
   */
  constructor(
    readonly socket: Socket,
    readonly peer: Peer,
    readonly service: Service,
  ) {
    const { setup, times } = service;
    const { limits } = setup.config;
    this.hsts = codedLine(setup.hstsLine);
    this.output = new Output(socket);
    this.requests = new Requests(this, this.output, limits, limits.streamsPerConnection);
    this.receiver = new Receiver(this, limits.headBytes);
    this.reader = new FrameReader(this.receiver);
    this.liveness = new Liveness(service.now, times.head);
    // a client waits for the next frame, not for the rest of a packet
    socket.setNoDelay(true);
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.onClose());
    // who half-closes can take no answer: it could not even open its windows
    socket.on('end', () => this.destroy());
    socket.on('drain', () => this.requests.sender.pump());
    socket.on('data', (bytes: Buffer) => this.onData(bytes));
    this.output.settings(ownSettings(limits.streamsPerConnection, limits.headBytes));
    this.output.windowUpdate(0, connectionWindow - firstWindow);
    service.connections.add(this);
  }

  private onData(bytes: Buffer): void {
    if (this.gone) return;
    this.reader.read(bytes);
    if (!this.reader.stuck && !this.receiver.inHead) this.stuckSince = 0;
    else if (this.stuckSince === 0) this.stuckSince = this.service.now;
  }

  // what the client says about the connection

  settingsCame(bytes: Buffer, start: number, end: number): void {
    const { requests, settings } = this;
    const before = settings.window;
    const code = settings.read(bytes, start, end);
    if (code !== Code.none) this.fail(code);
    else if (!this.guard.setting(this.service.now) || this.stopped) this.flooded();
    else {
      this.liveness.greeted();
      this.output.settingsAck();
      if (settings.window !== before && !requests.resize(settings.window - before))
        this.fail(Code.flowControl);
    }
  }

  settingsTaken(): void {
    this.liveness.acknowledged();
    this.heardNothing();
  }

  pinged(answer: boolean, bytes: Buffer, start: number): void {
    if (answer && bytes.readUInt32BE(start) === ours && bytes.readUInt32BE(start + 4) === ours)
      this.liveness.answered();
    else if (answer) this.heardNothing();
    else if (!this.guard.ping(this.service.now) || this.stopped) this.flooded();
    else this.output.pingAck(bytes, start);
  }

  /** The client does not read while it has us write. */
  private get stopped(): boolean {
    return this.output.waiting > unreadLimit;
  }

  /** The client opens no more streams. */
  clientLeaves(): void {
    this.clientLeft = true;
    this.closeIfDone();
  }

  /** Counts an update of a window; false: there are too many. */
  updateCounts(): boolean {
    const few = this.guard.windowUpdate(this.service.now);
    if (!few) this.flooded();
    return few;
  }

  windowGrows(octets: number): void {
    if (!this.requests.sender.grant(octets)) this.fail(Code.flowControl);
  }

  /** A frame that says nothing. */
  heardNothing(): void {
    if (!this.guard.nothing(this.service.now)) this.flooded();
  }

  /** A stream was reset, or should have been. */
  resetCounts(): void {
    if (!this.guard.reset(this.service.now)) this.flooded();
  }

  // what we grant

  /** Octets that came were taken. */
  grant(octets: number): void {
    if (!this.gone) this.receiver.grant(octets);
  }

  /** The client may send more on a stream. */
  grantStream(stream: Http2Stream, octets: number): void {
    if (octets > 0 && !stream.closed && !stream.remoteEnded) this.output.windowUpdate(stream.id, octets);
  }

  // how it ends

  /** Called every second: ends what takes too long. */
  sweep(now: number): void {
    const { liveness } = this;
    this.requests.sweep(now);
    if (this.gone) return;
    const stuck = this.stuckSince !== 0 && now - this.stuckSince > this.service.times.head;
    if (now > this.deadline || stuck || !liveness.alive(now)) this.destroy();
    else if (liveness.ignores(now)) this.fail(Code.settingsTimeout);
    else if (liveness.ask(now, this.activity)) this.output.ping(ours);
    else if (liveness.idle(now) && this.requests.exchanges.size === 0) this.leave(now + lingerTime);
  }

  /** The service stops: no new requests, those under way are answered. */
  drain(): void {
    this.leave(Number.POSITIVE_INFINITY);
    for (const exchange of this.requests.exchanges) if (exchange.tunnel) exchange.abort();
  }

  /** Tells the client to go (GOAWAY). */
  private leave(deadline: number): void {
    if (this.gone) return;
    this.deadline = Math.min(this.deadline, deadline);
    if (!this.leaving) this.output.goaway(this.requests.streams.last, Code.none);
    this.leaving = true;
    this.closeIfDone();
  }

  /** Ends the connection when nobody needs it any more. */
  closeIfDone(): void {
    const { exchanges, streams } = this.requests;
    if ((this.leaving || this.clientLeft) && !this.gone && streams.count === 0 && exchanges.size === 0)
      this.hangUp(this.service.times.bodyIdle);
  }

  /** The client broke a rule after which nothing it says can be relied on. */
  fail(code: number): void {
    if (this.gone) return;
    this.output.goaway(this.requests.streams.last, code);
    this.service.connections.delete(this);
    this.hangUp(farewellTime);
  }

  /** The client does too much of something. */
  private flooded(): void {
    if (this.gone) return;
    this.output.goaway(this.requests.streams.last, Code.calm);
    this.output.sendOff();
    this.destroy();
  }

  /** Lets what was written leave, for some milliseconds, and closes. */
  private hangUp(time: number): void {
    const { socket } = this;
    this.gone = true;
    this.reader.stop();
    this.output.sendOff();
    socket.end(nothing, () => socket.destroy());
    setTimeout(destroySocket, time, socket).unref();
    this.forget();
  }

  /** Ends everything at once. */
  destroy(): void {
    this.socket.destroy();
    this.onClose();
  }

  private onClose(): void {
    this.service.connections.delete(this);
    if (this.gone) return;
    this.gone = true;
    this.reader.stop();
    this.forget();
  }

  private forget(): void {
    this.output.close();
    this.requests.abandon();
  }

  /** Octets of request bodies that came and nobody took yet. */
  get unread(): number {
    return this.requests.unread;
  }
}

function destroySocket(socket: Socket): void {
  socket.destroy();
}

/** A line 'Name: value\r\n', coded. */
function codedLine(line: string): Buffer {
  if (line === '') return nothing;
  const colon = line.indexOf(':');
  return wholeField(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
}
