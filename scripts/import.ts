/**
 * Generates the typed bindings of `imports/` from a folder of CRD files, with the importer of cdk8s-cli.
 *
 * The folder is `../shared/crds` beside the repository, or the one named by BOX_CRDS. It holds one file per
 * kind, `<group>/<plural>.yaml`, with the storage version only: the importer gives the bare class name to
 * the first version it meets. No network is used and the output depends on those files alone.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * API group -> files (plural names) of the kinds the constructs use. Few on purpose: every kind left out is
 * code that need not be loaded at synth. `secrets.hashicorp.com` is missing because of its licence, see
 * `constructs/secrets/vso.ts`.
 */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  'argoproj.io': ['applications'],
  'barmancloud.cnpg.io': ['objectstores'],
  'cert-manager.io': ['certificates', 'clusterissuers', 'issuers'],
  'helm.cattle.io': ['helmchartconfigs', 'helmcharts'],
  'hydra.ory.sh': ['oauth2clients'],
  'policy.linkerd.io': [
    'authorizationpolicies',
    'meshtlsauthentications',
    'networkauthentications',
    'servers',
  ],
  'postgresql.cnpg.io': ['clusters', 'databases', 'scheduledbackups'],
  'trust.cert-manager.io': ['bundles'],
};

const root = fileURLToPath(new URL('..', import.meta.url));
const imports = join(root, 'imports');

function crdFolder(): string {
  const folder = process.env.BOX_CRDS ?? join(root, '../shared/crds');
  if (!existsSync(folder)) {
    throw new Error(
      `no CRD files at '${folder}': name a folder with <group>/<plural>.yaml files in BOX_CRDS` +
        ` (the first lines of each file in imports/ say where its CRDs come from)`,
    );
  }
  return folder;
}

function readCrd(folder: string, group: string, plural: string): string {
  const file = join(folder, group, `${plural}.yaml`);
  if (!existsSync(file)) throw new Error(`no '${group}/${plural}.yaml' in the CRD folder '${folder}'`);
  return readFileSync(file, 'utf8');
}

/** `// from OWNER/REPO:PATH@COMMIT (VERSION), LICENCE`, out of the source note that opens a CRD file. */
function sourceLine(crd: string): string {
  const note = /^# Modified copy of (\S+ \([^)]+\), [A-Za-z0-9.-]*[A-Za-z0-9])/.exec(crd);
  return note ? `// from ${note[1]}\n` : '';
}

function generate(): void {
  const folder = crdFolder();
  const crds = new Map(
    Object.entries(WANTED).map(([group, plurals]) => [group, plurals.map((p) => readCrd(folder, group, p))]),
  );
  const work = mkdtempSync(join(tmpdir(), 'box-import-'));
  try {
    // One spec for everything: the importer writes one module per group and overwrites it at each import,
    // so a group given in two specs would keep only the kinds of the last.
    writeFileSync(join(work, 'crds.yaml'), [...crds.values()].flat().join('\n---\n'));
    const cli = join(dirname(createRequire(import.meta.url).resolve('cdk8s-cli/package.json')), 'bin/cdk8s');
    execFileSync(
      process.execPath,
      [
        cli,
        'import',
        'crds.yaml',
        '--no-save',
        '--no-check-upgrade',
        '--language=typescript',
        '--output=out',
      ],
      // In the scratch folder, so that the importer neither reads nor rewrites this project's cdk8s.yaml.
      { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    mkdirSync(imports, { recursive: true });
    for (const old of readdirSync(imports)) if (old.endsWith('.ts')) rmSync(join(imports, old));
    for (const [group, files] of crds) {
      const code = readFileSync(join(work, 'out', `${group}.ts`), 'utf8');
      const [first, ...rest] = code.split('\n');
      writeFileSync(
        join(imports, `${group}.ts`),
        `${first}\n${files.map(sourceLine).join('')}${rest.join('\n')}`,
      );
      console.log(`imports/${group}.ts`);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

try {
  generate();
} catch (error) {
  console.error(`import: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
