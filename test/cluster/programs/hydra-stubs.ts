import { createServer } from 'node:http';
import type { Bench } from './program.js';

/** The part of Kratos' admin API by which Hydra ends sessions, and a token hook that leaves claims as they are. */
export async function startKratosStub(bench: Bench): Promise<{ port: number; ended: readonly string[] }> {
  const ended: string[] = [];
  const server = createServer((request, response) => {
    const session = /^\/admin\/sessions\/([\w-]+)$/.exec(request.url ?? '')?.[1];
    if (request.method === 'DELETE' && session !== undefined) ended.push(session);
    const hook = request.method === 'POST' && request.url === '/hooks/token';
    response.writeHead(session === undefined && !hook ? 404 : 204).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  bench.atEnd(() => server.close());
  const address = server.address();
  return { port: address instanceof Object ? address.port : 0, ended };
}
