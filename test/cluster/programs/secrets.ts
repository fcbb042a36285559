import { randomBytes } from 'node:crypto';
import type { Manifest } from '../../../constructs/core/manifest.js';
import { data, text } from '../../../constructs/proofs/read.js';
import type { Generator } from '../../../constructs/secrets/generator.js';
import { runProgram } from '../process.js';
import type { Rendering } from './rendering.js';
import { tools } from './tools.js';

/** Values of a Kubernetes Secret, or of a path of the vault. */
export type Values = Readonly<Record<string, string | Buffer>>;

/** A login as the vault's database engine gives it. */
export interface DatabaseLogin {
  readonly username: string;
  readonly password: string;
}

interface Planned {
  readonly secrets: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly keys: Readonly<Record<string, Generator>>;
  }[];
  readonly vault: {
    readonly kv: { readonly paths: Readonly<Record<string, Readonly<Record<string, Generator>>>> };
  };
}

/** What an operator may type: everything a URL, a shell or an ini file gives a meaning to, and a space. */
const typed = () => `typed ${randomBytes(6).toString('hex')} /?#[]@!$&'()*+,;=:%"`;

/** All secrets of a box with random values, composed by its own plan and its own templates. */
export class Secrets {
  private constructor(
    private readonly paths: ReadonlyMap<string, Values>,
    private readonly objects: ReadonlyMap<string, Values>,
  ) {}

  /**
   * Makes values as the set-up Job does and composes Secrets as the Vault Secrets Operator does.
   * @param logins logins of the database engine by role; random ones for the rest
   * @throws when a template fails; the message names the object and key
   */
  static async of(box: Rendering, logins: Readonly<Record<string, DatabaseLogin>> = {}): Promise<Secrets> {
    const plan = box.plan as unknown as Planned;
    const paths = generated(plan.vault.kv.paths);
    const objects = new Map<string, Values>(
      Object.entries(generated(Object.fromEntries(plan.secrets.map((one) => [nameOf(one), one.keys])))),
    );
    const source = (sync: Manifest): Values => {
      const path = text(sync, 'spec', 'path') ?? '';
      if (sync.kind === 'VaultStaticSecret') return paths[path] ?? {};
      const role = path.replace(/^creds\//, '');
      return { ...(logins[role] ?? { username: `v-random-${role}`, password: random(15) }) };
    };
    const syncs = [...box.all('VaultStaticSecret'), ...box.all('VaultDynamicSecret')];
    for (const [name, values] of await composed(syncs, source)) objects.set(name, values);
    return new Secrets(new Map(Object.entries(paths)), objects);
  }

  /** Paths of the vault's key-value engine. */
  get vault(): ReadonlyMap<string, Values> {
    return this.paths;
  }

  /** Values at a path of the vault. @throws when the plan has no such path */
  at(path: string): Values {
    const found = this.paths.get(path);
    if (found === undefined) throw new Error(`the set-up plan makes nothing at vault path ${path}`);
    return found;
  }

  /** A Kubernetes Secret. @throws when nothing makes it */
  secret(place: string): Values {
    const found = this.objects.get(place);
    if (found === undefined) throw new Error(`nothing in the box makes Secret ${place}`);
    return found;
  }

  /** A value of a Kubernetes Secret, as text. @throws when it has no such key */
  value(place: string, key: string): string {
    const found = this.secret(place)[key];
    if (found === undefined) throw new Error(`Secret ${place} gets no key ${key}`);
    return String(found);
  }
}

const random = (bytes: number) => randomBytes(bytes).toString('base64url');
const nameOf = ({ namespace, name }: { namespace?: string | undefined; name: string }) =>
  `${namespace}/${name}`;

function generated(
  plan: Readonly<Record<string, Readonly<Record<string, Generator>>>>,
): Record<string, Record<string, string | Buffer>> {
  const made: Record<string, Record<string, string | Buffer>> = {};
  const make = (path: string, key: string): string | Buffer => {
    const generator = plan[path]?.[key];
    if (generator === undefined) throw new Error(`the set-up plan makes no ${key} at ${path}`);
    made[path] ??= {};
    const values = made[path];
    values[key] ??= generate(generator, (other, at = path) => make(at, other));
    return values[key];
  };
  for (const [path, keys] of Object.entries(plan)) {
    made[path] ??= {};
    for (const key of Object.keys(keys)) make(path, key);
  }
  return made;
}

function generate(
  generator: Generator,
  other: (key: string, path?: string) => string | Buffer,
): string | Buffer {
  switch (generator.kind) {
    case 'random':
      return random(generator.bytes);
    case 'letters':
      return randomBytes(generator.length).toString('hex').slice(0, generator.length);
    case 'bytes':
      return randomBytes(generator.length);
    case 'constant':
      return generator.value;
    case 'operator':
      return typed();
    case 'copy':
      return other(generator.key, generator.path);
    case 'template':
      return generator.text.replace(/\{([\w.-]+)\}/g, (_, key: string) => String(other(key)));
  }
}

interface Answer {
  readonly text?: string;
  readonly error?: string;
}

async function composed(
  syncs: readonly Manifest[],
  source: (sync: Manifest) => Values,
): Promise<Map<string, Values>> {
  const questions = Object.fromEntries(
    syncs.flatMap((sync) =>
      Object.entries(data(sync, 'spec', 'destination', 'transformation', 'templates')).map(
        ([key, template]) => [
          `${sync.kind} ${nameOf(sync.metadata)}, key ${key}`,
          { text: text(template, 'text') ?? '', secrets: source(sync) },
        ],
      ),
    ),
  );
  const { code, stdout, stderr } = await runProgram({
    name: 'template',
    command: await tools.template(),
    input: JSON.stringify(questions),
  });
  if (code !== 0) throw new Error(`templates of secrets: ${stderr}`);
  const answers: Record<string, Answer> = JSON.parse(stdout);
  return new Map(
    syncs.map((sync) => {
      const templates = data(sync, 'spec', 'destination', 'transformation', 'templates');
      const values = Object.keys(templates).map((key) => {
        const name = `${sync.kind} ${nameOf(sync.metadata)}, key ${key}`;
        const { text: made = '', error } = answers[name] ?? { error: 'no answer' };
        if (error !== undefined) throw new Error(`${name}: ${error}`);
        return [key, made] as const;
      });
      const destination = text(sync, 'spec', 'destination', 'name') ?? '';
      return [nameOf({ namespace: sync.metadata.namespace, name: destination }), Object.fromEntries(values)];
    }),
  );
}
