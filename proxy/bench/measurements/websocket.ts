/** What relaying a WebSocket message costs the proxy. */
import type { TLSSocket } from 'node:tls';
import type { Running } from '../contenders/contender.js';
import { clientFrame, serverFrame } from '../programs/frames.js';
import { ask, open } from '../support/client.js';
import { cpuMicroseconds } from '../support/cpu.js';
import { type Bench, failures, takeTurns } from '../support/field.js';
import { socketPath } from '../support/request.js';
import { format, median, ratio, spread, type Table } from '../support/table.js';

const connections = 32;

interface Sample {
  readonly microseconds: number;
  readonly rate: number;
}

/** Each answer sends the next message, until told to stop. */
class PingPong {
  messages = 0;
  #pending = 0;
  #stopped = false;

  constructor(private readonly socket: TLSSocket) {
    socket.on('data', (piece: Buffer) => this.#received(piece.length));
    this.#send();
  }

  stop(): void {
    this.#stopped = true;
    this.socket.destroy();
  }

  #send(): void {
    this.messages++;
    this.socket.write(clientFrame);
  }

  #received(bytes: number): void {
    this.#pending += bytes;
    while (this.#pending >= serverFrame.length && !this.#stopped) {
      this.#pending -= serverFrame.length;
      this.messages++;
      this.#send();
    }
  }
}

async function upgrade(port: number): Promise<TLSSocket> {
  const socket = await open(port);
  const answer = await ask(socket, socketPath, [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Origin: https://docs.example.test',
  ]);
  if (!answer.startsWith('HTTP/1.1 101')) throw new Error(`upgrade answered '${answer.split('\r\n')[0]}'`);
  return socket;
}

async function measure(running: Running, seconds: number): Promise<Sample> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => upgrade(running.port)));
  const before = cpuMicroseconds(running.pid);
  const start = performance.now();
  const games = sockets.map((socket) => new PingPong(socket));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const messages = games.reduce((sum, game) => sum + game.messages, 0);
  const microseconds = (cpuMicroseconds(running.pid) - before) / messages;
  const rate = (messages * 1000) / (performance.now() - start);
  for (const game of games) game.stop();
  if (messages < connections * 4) throw new Error(`only ${messages} messages came through`);
  return { microseconds, rate };
}

/** Messages of 100 bytes, back and forth over 32 connections. */
export async function webSocket(bench: Bench): Promise<Table> {
  const seconds = bench.options.quick ? 1 : 2;
  const results = await takeTurns(bench, 'websocket', (running) => measure(running, seconds));
  const costs = results.map((result) => result.samples.map((sample) => sample.microseconds));
  const reference = median(costs[results.findIndex((result) => result.name === 'nginx')] ?? []);
  return {
    title: `WebSocket messages of 100 bytes, back and forth over ${connections} TLS connections`,
    notes: [
      `${bench.options.rounds} rounds of ${seconds} s, contenders in turn; median of CPU us per message relayed`,
      'client: node in this process, an answer sends the next message; its speed bounds the rate',
    ],
    head: ['contender', 'CPU us/message', 'min..max', 'x nginx', 'message/s'],
    rows: results.map((result, i) => [
      result.title,
      format(median(costs[i] ?? [])),
      spread(costs[i] ?? []),
      ratio(median(costs[i] ?? []), reference),
      format(median(result.samples.map((sample) => sample.rate))),
    ]),
    remarks: failures(results),
  };
}
