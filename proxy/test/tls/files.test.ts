import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CertificateStore } from '../../src/tls/certificates.js';
import { CertificateFiles } from '../../src/tls/files.js';
import { TicketKeys } from '../../src/tls/tickets.js';
import { Changes } from '../kube/fake-api.js';
import { issue } from '../support/certificates.js';

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'edge-files-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('certificate files: a mismatch between two writes mends itself, a bad pair changes nothing', () =>
  withFolder(async (folder) => {
    const [one, two] = [issue({ names: ['one.test'] }), issue({ names: ['two.test'] })];
    const paths = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
    writeFileSync(paths.cert, one.cert);
    writeFileSync(paths.key, one.key);
    const changes = new Changes();
    const problems: string[] = [];
    const store = new CertificateStore({
      ticketKeys: new TicketKeys().current(),
      onChange: () => changes.notify(),
    });
    const files = new CertificateFiles(paths, {
      pollMs: 60_000,
      onPem: (source, pem) => store.replace(source, pem),
      onProblem: (error) => {
        problems.push(error.message);
        changes.notify();
      },
    });
    await files.start();
    assert.ok(store.covers('one.test'));
    writeFileSync(paths.cert, two.cert);
    await changes.until('a mismatch', () => problems.length === 1);
    assert.match(problems[0] ?? '', /tls.crt: the key does not belong to the certificate/);
    assert.ok(store.covers('one.test'));
    writeFileSync(paths.key, two.key);
    await changes.until('the new pair', () => store.covers('two.test'));
    assert.not(store.covers('one.test'));
    writeFileSync(paths.key, 'garbage');
    await changes.until('a bad key', () => problems.length === 2);
    assert.ok(store.covers('two.test'));
    files.stop();
  }));

test.run();
