import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate as a test hands it on. All PEM text. */
export interface Issued {
  /** The certificate, followed by those between it and the root. */
  readonly cert: string;
  readonly key: string;
  /** The root, for clients to trust. */
  readonly ca: string;
  /** The same as files, for programs. */
  readonly files: { readonly cert: string; readonly key: string; readonly ca: string };
}

/** What a certificate says. */
export interface IssueOptions {
  /** DNS names and addresses, e.g. `*.example.test` or `127.0.0.1`. None makes a certificate for nobody. */
  readonly names: readonly string[];
  /** Days from now it is valid; negative for one that has expired. @default 30 */
  readonly days?: number;
  /** Days from now it begins to be valid. @default - a day before now, or before its end */
  readonly startDays?: number;
  /** Who signs. @default - one authority for the whole test file */
  readonly ca?: Authority;
  /** @default 'ec' (P-256) */
  readonly key?: 'ec' | 'rsa' | 'rsa1024';
}

const folder = mkdtempSync(join(tmpdir(), 'edge-certificates-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
let count = 0;

const keyOptions = {
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  rsa: ['-newkey', 'rsa:2048'],
  rsa1024: ['-newkey', 'rsa:1024'],
} as const;

/** Signs certificates; `Authority.root()` or, signed by another, `parent.intermediate()`. */
export class Authority {
  private constructor(
    private readonly home: string,
    /** Its own certificate and those above it, without the root. */
    readonly chain: string,
    /** The root. */
    readonly root: string,
  ) {}

  static root(name = 'Test Root'): Authority {
    const home = newHome();
    const [cert, key] = [join(home, 'ca.crt'), join(home, 'ca.key')];
    openssl(
      ...['req', '-x509', ...keyOptions.ec, '-nodes', '-days', '3650', '-subj', `/CN=${name}`],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-out', cert, '-keyout', key],
    );
    return new Authority(home, '', readFileSync(cert, 'utf8'));
  }

  /** An authority signed by this one; its certificate becomes part of the chain. */
  intermediate(name = 'Test Intermediate'): Authority {
    const home = newHome();
    const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'];
    this.sign(home, 'ca', name, extensions, { days: 3000, startDays: -1, key: 'ec' });
    const own = readFileSync(join(home, 'ca.crt'), 'utf8');
    return new Authority(home, own + this.chain, this.root);
  }

  /** A certificate for a server. */
  issue(options: IssueOptions): Issued {
    const { names, days = 30, key = 'ec', startDays = Math.min(-1, days - 1) } = options;
    const home = newHome();
    const extensions = ['basicConstraints=CA:FALSE', 'keyUsage=critical,digitalSignature'];
    const alternatives = names.map((name) => `${/^[\d.]+$|:/.test(name) ? 'IP' : 'DNS'}:${name}`);
    if (alternatives.length > 0) extensions.push(`subjectAltName=${alternatives.join(',')}`);
    this.sign(home, 'leaf', names[0] ?? 'nobody', extensions, { days, startDays, key });
    const files = { cert: join(home, 'chain.crt'), key: join(home, 'leaf.key'), ca: join(home, 'root.crt') };
    const cert = readFileSync(join(home, 'leaf.crt'), 'utf8') + this.chain;
    writeFileSync(files.cert, cert);
    writeFileSync(files.ca, this.root);
    return { cert, key: readFileSync(files.key, 'utf8'), ca: this.root, files };
  }

  private sign(
    home: string,
    file: string,
    name: string,
    extensions: readonly string[],
    { days, startDays, key }: { days: number; startDays: number; key: 'ec' | 'rsa' | 'rsa1024' },
  ): void {
    const path = (ending: string) => join(home, `${file}.${ending}`);
    openssl(
      ...['req', '-new', ...keyOptions[key], '-nodes', '-subj', `/CN=${name.slice(0, 64)}`],
      ...['-out', path('csr'), '-keyout', path('key')],
    );
    writeFileSync(path('ext'), extensions.join('\n'));
    writeFileSync(join(home, 'index'), '');
    // `x509 -req` knows no start, and no end in the past
    const settings = [
      ...['[ca]', 'default_ca=d', '[d]', `database=${join(home, 'index')}`, `new_certs_dir=${home}`],
      ...[
        'rand_serial=yes',
        'default_md=sha256',
        'policy=p',
        'unique_subject=no',
        '[p]',
        'commonName=supplied',
      ],
    ];
    writeFileSync(path('cnf'), settings.join('\n'));
    openssl(
      ...['ca', '-batch', '-notext', '-config', path('cnf'), '-in', path('csr'), '-out', path('crt')],
      ...['-cert', join(this.home, 'ca.crt'), '-keyfile', join(this.home, 'ca.key'), '-extfile', path('ext')],
      ...['-startdate', stamp(startDays), '-enddate', stamp(days)],
    );
  }
}

let shared: Authority | undefined;

/** The authority that signs when a test names none. */
export function testAuthority(): Authority {
  shared ??= Authority.root();
  return shared;
}

/** A certificate for `names`, signed by `ca` or the test's own authority. */
export function issue(options: IssueOptions): Issued {
  return (options.ca ?? testAuthority()).issue(options);
}

function newHome(): string {
  const home = join(folder, String(++count));
  mkdirSync(home);
  return home;
}

/** `YYYYMMDDHHMMSSZ`, some days from now. */
function stamp(days: number): string {
  const time = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${time.slice(0, 19).replace(/[-:T]/g, '')}Z`;
}
