import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Exchange, Handler } from '../../src/exchange.js';
import { ResponseHead } from '../../src/http1/response-head.js';
import { webSocketAccept } from '../../src/http2/connect-protocol.js';
import { Stage } from './stage.js';

/** The upstream's answer to the upgrade; `accept` as it should be unless given. */
function switching(exchange: Exchange, accept?: string): ResponseHead {
  const key = /^sec-websocket-key: (.+)\r$/m.exec(exchange.head.lines())?.[1] ?? '';
  const head = new ResponseHead();
  head.read(
    Buffer.from(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Accept: ${accept ?? webSocketAccept(key)}\r\nSec-WebSocket-Protocol: chat\r\n\r\n`,
    ),
  );
  return head;
}

/** Sends back what it gets. */
class Echo implements Handler {
  gone = 0;
  ended = 0;

  constructor(private readonly exchange: Exchange) {}

  onBody(bytes: Uint8Array, start: number, end: number): void {
    this.exchange.write(bytes, start, end);
    this.exchange.flush();
  }
  onBodyEnd(): void {
    this.ended++;
    this.exchange.end('');
  }
  onDrain(): void {}
  onGone(): void {
    this.gone++;
  }
  onSweep(): void {}
}

async function openSocket(client: ClientHttp2Session): Promise<ClientHttp2Stream> {
  if (client.remoteSettings?.enableConnectProtocol !== true) await once(client, 'remoteSettings');
  assert.is(client.remoteSettings.enableConnectProtocol, true);
  const stream = client.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'https',
    ':authority': 'app.example.test',
    ':path': '/socket',
    'sec-websocket-version': '13',
    'sec-websocket-protocol': 'chat',
    origin: 'https://app.example.test',
  });
  stream.on('error', () => {});
  return stream;
}

async function withStage(
  handle: (exchange: Exchange) => void,
  play: (stage: Stage, client: ClientHttp2Session) => Promise<void>,
): Promise<void> {
  const stage = await Stage.open({ handle });
  try {
    await play(stage, stage.client());
  } finally {
    await stage.close();
  }
}

/** Opens the tunnel as the upstream's side does. */
function accept(exchange: Exchange): Echo {
  const echo = new Echo(exchange);
  exchange.setHandler(echo);
  exchange.startTunnel(switching(exchange));
  exchange.readBody();
  return echo;
}

test('a WebSocket of HTTP/2 is an upgrade upstream, and octets both ways', async () => {
  let echo: Echo | undefined;
  await withStage(
    (exchange) => {
      echo = accept(exchange);
    },
    async (stage, client) => {
      const stream = await openSocket(client);
      const [fields] = await once(stream, 'response');
      assert.is(fields[':status'], 200);
      assert.is(fields['sec-websocket-protocol'], 'chat');
      assert.is(fields['sec-websocket-accept'], undefined);
      assert.is(fields.upgrade, undefined);
      const head = stage.handled[0]?.head;
      assert.is(head?.method, 'GET');
      assert.is(head?.path, '/socket');
      let text = '';
      stream.setEncoding('latin1').on('data', (piece: string) => {
        text += piece;
      });
      for (const message of ['one', 'two', '\x81\x00']) {
        stream.write(message, 'latin1');
        await once(stream, 'data');
      }
      assert.is(text, 'onetwo\x81\x00');
      assert.is(stage.finished.length, 0);
      stream.end();
      await once(stream, 'close');
      assert.is(stream.rstCode, 0);
      assert.equal([echo?.ended, echo?.gone], [1, 0]);
      assert.is(stage.finished[0]?.error, '');
      assert.is(stage.finished[0]?.status, 200);
    },
  );
});

test('when the upstream ends, the client is told', () =>
  withStage(
    (exchange) => {
      accept(exchange);
    },
    async (stage, client) => {
      const stream = await openSocket(client);
      await once(stream, 'response');
      stream.resume();
      stage.handled[0]?.end('');
      await once(stream, 'close');
      assert.is(stream.rstCode, 0);
      assert.is(stage.finished.length, 1);
    },
  ));

test('when the client is gone, the upstream is told, and it is no error', async () => {
  let echo: Echo | undefined;
  await withStage(
    (exchange) => {
      echo = accept(exchange);
    },
    async (stage, client) => {
      const stream = await openSocket(client);
      await once(stream, 'response');
      client.destroy();
      const until = Date.now() + 3000;
      while (stage.finished.length === 0 && Date.now() < until) await new Promise(setImmediate);
      assert.is(echo?.gone, 1);
      assert.is(stage.finished[0]?.error, '');
    },
  );
});

test('an upstream that accepts another key is refused', async () => {
  let gone = 0;
  await withStage(
    (exchange) => {
      const echo = new Echo(exchange);
      echo.onGone = () => {
        gone++;
      };
      exchange.setHandler(echo);
      exchange.startTunnel(switching(exchange, webSocketAccept('another')));
      exchange.readBody();
    },
    async (stage, client) => {
      const stream = await openSocket(client);
      const [fields] = await once(stream, 'response');
      assert.is(fields[':status'], 502);
      assert.is(gone, 1);
      assert.is(stage.finished[0]?.error, 'EDGE_UPSTREAM_HEAD');
    },
  );
});

test('an answer that is no upgrade is never taken for an open tunnel', () =>
  withStage(
    (exchange) => exchange.answer(200, 'Content-Type: text/html\r\n', '<html>'),
    async (_stage, client) => {
      const stream = await openSocket(client);
      const [fields] = await once(stream, 'response');
      assert.is(fields[':status'], 501);
      let octets = 0;
      stream.on('data', (piece: Buffer) => {
        octets += piece.length;
      });
      await once(stream, 'close');
      assert.is(octets, 0);
    },
  ));

test('a refusal goes on as it is', () =>
  withStage(
    (exchange) => exchange.answer(403, 'Content-Type: text/plain\r\n', 'no'),
    async (_stage, client) => {
      const stream = await openSocket(client);
      const [fields] = await once(stream, 'response');
      assert.is(fields[':status'], 403);
    },
  ));

test('tunnels end when the service stops', () =>
  withStage(
    (exchange) => {
      accept(exchange);
    },
    async (stage, client) => {
      const stream = await openSocket(client);
      await once(stream, 'response');
      const closed = once(stream, 'close').catch(() => {});
      for (const connection of [...stage.connections]) connection.drain();
      await closed;
      assert.is(stage.finished.length, 1);
    },
  ));

test.run();
