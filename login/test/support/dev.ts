/**
 * `npm run dev -w login`: the pages on http://localhost:3000 between a fake Kratos and a fake Hydra, with one person
 * who signs in as ana@studio.example. `npm run dev:login` at the root of the repository has the real ones.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config.js';
import { startService } from '../../src/server.js';
import { FakeHydra } from './fake-hydra.js';
import { FakeKratos } from './fake-kratos.js';
import { environment } from './service.js';

const origin = 'http://localhost:3000';
const kratos = await new FakeKratos().start();
const hydra = await new FakeHydra().start();
kratos.pages = origin;
hydra.pages = origin;
const ana = kratos.person();
kratos.session(ana, { device: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1' });

const appsFile = join(mkdtempSync(join(tmpdir(), 'login-dev-')), 'apps.json');
const app = (title: string, description: string) => ({
  title,
  description,
  url: 'https://docs.studio.example/',
});
writeFileSync(appsFile, JSON.stringify([app('Docs', 'Write together'), app('Drive', 'Files of the studio')]));

await startService(
  readConfig({
    ...environment(kratos.url, hydra.url),
    PUBLIC_URL: origin,
    KRATOS_BROWSER_URL: `${origin}/kratos`,
    PORT: '3000',
    INTERNAL_PORT: '3001',
    APPS_FILE: appsFile,
  }),
);
const consent = hydra.asks({
  subject: ana.id,
  requested_scope: ['openid', 'email', 'profile'],
  client: { client_id: 'foreign', client_name: 'Foreign app' },
});
console.log(`${origin}/ — sign in as ana@studio.example with '${ana.password}'`);
console.log(`${origin}/consent?consent_challenge=${consent}`);
console.log(`${origin}/settings?flow=${kratos.flow('settings')}`);
console.log(`${origin}/login?flow=${kratos.flow('login', { requested_aal: 'aal2' })}`);
