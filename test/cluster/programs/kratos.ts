import { readFileSync } from 'node:fs';
import { Authority } from '../certificates.js';
import { freePorts } from '../process.js';
import { ask, expectStatus } from './http.js';
import { checkPeople } from './kratos-people.js';
import { runCronJob, stageOry } from './ory.js';
import { about, type Bench, type ConfigCheck } from './program.js';
import { type SmtpStub, startSmtp } from './smtp-stub.js';
import { tools } from './tools.js';

/** Kratos as the box configures it. */
export interface RunningKratos {
  readonly bench: Bench;
  readonly public: number;
  readonly admin: number;
  readonly relay: SmtpStub;
  /** `user password` that the relay must see. */
  readonly relayLogin: string;
}

const config = 'ConfigMap ory/kratos, key kratos.yaml';

/** People and their sessions. */
export const kratos: ConfigCheck = {
  name: 'Kratos',
  version: 'v1.3.1 for v25.4.0',
  reads: ['ConfigMap ory/kratos', 'Deployment ory/kratos', 'CronJob ory/kratos-cleanup'],
  differences: [
    'selfservice.methods.password.config.haveibeenpwned_enabled is off: the breach list is on the internet',
    'the clean-up does not rest between tables',
  ],
  obtain: tools.kratos,
  async check(bench) {
    const [open = 0, admin = 0] = await freePorts(2);
    const authority = new Authority(bench.folder('relay'));
    const relay = await startSmtp(bench, authority.issue({ name: 'relay', dnsNames: ['localhost'] }));
    const { host, port } = bench.box.site.settings.smtp;
    const staged = await stageOry(bench, {
      name: 'kratos',
      instead: { [`${host}:${port}`]: `localhost:${relay.port}` },
      authorities: [readFileSync(authority.files.certificate, 'utf8')],
    });
    const { stage, secrets } = staged;
    const server = bench.start({
      name: 'kratos',
      command: bench.program,
      args: stage.args(),
      env: {
        ...stage.env(),
        SERVE_PUBLIC_HOST: '127.0.0.1',
        SERVE_PUBLIC_PORT: String(open),
        SERVE_ADMIN_HOST: '127.0.0.1',
        SERVE_ADMIN_PORT: String(admin),
        SELFSERVICE_METHODS_PASSWORD_CONFIG_HAVEIBEENPWNED_ENABLED: 'false',
      },
    });
    stage.checkAllUsed();
    const { readinessProbe, livenessProbe } = bench.box.container('Deployment', 'ory/kratos');
    await about(config, () =>
      server.waitFor(
        'readiness',
        async () => (await ask(admin, readinessProbe?.httpGet?.path ?? '/')).status === 200,
        60,
      ),
    );
    for (const path of [livenessProbe?.httpGet?.path ?? '/', '/admin/metrics/prometheus'])
      expectStatus(await ask(admin, path), 200, `Deployment ory/kratos: ${path}`);
    const { username, password } = secrets.at('smtp');
    await checkPeople({ bench, public: open, admin, relay, relayLogin: `${username} ${password}` });
    await runCronJob(bench, staged, 'ory/kratos-cleanup', ['--database.cleanup.sleep.tables', '0s']);
  },
  faults: [
    {
      what: 'an unknown key',
      plant: (copy) => {
        const text = copy.file('ory/kratos', 'kratos.yaml');
        copy.setFile('ory/kratos', 'kratos.yaml', text.replace('ui_url:', 'ui_uri:'));
      },
      says: /kratos[\s\S]*ui_ur[il]/,
    },
    {
      what: 'a cipher secret of 31 characters',
      plant: (copy) =>
        copy.changePlan<CipherPlan>(({ vault }) => {
          vault.kv.paths.kratos['secrets-cipher'].length = 31;
        }),
      says: /kratos[\s\S]*(cipher|32)/,
    },
    {
      what: 'a schema whose e-mail identifies nobody',
      plant: (copy) => {
        const key = 'identity.employee.schema.json';
        const schema = JSON.parse(copy.file('ory/kratos', key));
        delete schema.properties.traits.properties.email['ory.sh/kratos'].credentials.password;
        delete schema.properties.traits.properties.email['ory.sh/kratos'].credentials.code;
        copy.setFile('ory/kratos', key, JSON.stringify(schema));
      },
      says: /identity\.employee\.schema\.json/,
    },
  ],
};

interface CipherPlan {
  vault: { kv: { paths: { kratos: { 'secrets-cipher': { length: number } } } } };
}
