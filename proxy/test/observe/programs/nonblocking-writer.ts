import { Socket } from 'node:net';
import { Sink } from '../../../src/observe/sink.js';

/* Writes 20,000 lines to standard output, which libuv has been made to set not to block. */
new Socket({ fd: 1 }).unref();
const sink = new Sink(1, { limit: 1e9 });
for (let line = 0; line < 20_000; line++) sink.write(`${line} ${'y'.repeat(90)}\n`);
await sink.flush(30_000);
