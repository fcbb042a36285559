import { Lazy } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { stringify as stringifyIni } from 'ini';
import { stringify as stringifyToml } from 'smol-toml';
import { stringify as stringifyYaml } from 'yaml';
import type { Destination } from './endpoint.js';
import type { Mount } from './mount.js';
import { plain, Reference, type Text } from './reference.js';
import { Tier } from './tier.js';

/** A value in a configuration: plain data in which any text may be a reference. Undefined keys are left out. */
export type ConfigValue =
  | string
  | number
  | boolean
  | null
  | Reference
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue | undefined };

/** One file: how its data becomes text. The data may be a function, called when everything is declared. */
export interface FileContent {
  readonly format: 'yaml' | 'json' | 'toml' | 'ini' | 'text';
  readonly content: ConfigValue | (() => ConfigValue);
}

type Content = FileContent['content'];
export const asYaml = (content: Content): FileContent => ({ format: 'yaml', content });
export const asJson = (content: Content): FileContent => ({ format: 'json', content });
export const asToml = (content: Content): FileContent => ({ format: 'toml', content });
export const asIni = (content: Content): FileContent => ({ format: 'ini', content });
/** For the few formats without a serializer; the text is written as it is. */
export const asText = (content: Text | (() => Text)): FileContent => ({ format: 'text', content });

interface Rendered {
  readonly text: string;
  readonly reaches: readonly Destination[];
}

/** Replaces references by their text and gathers what they reach. */
function settle(value: ConfigValue, reaches: Set<Destination>): unknown {
  if (value instanceof Reference) {
    for (const destination of value.reaches) reaches.add(destination);
    return value.text;
  }
  if (Array.isArray(value)) return value.map((item) => settle(item, reaches));
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, settle(item as ConfigValue, reaches)]));
  }
  return value;
}

/** Text of one configuration file, through the format's own library. */
export function renderFile(file: FileContent): Rendered {
  const reaches = new Set<Destination>();
  const data = settle(typeof file.content === 'function' ? file.content() : file.content, reaches);
  const text = {
    // YAML 1.1 quoting, because most servers read with 1.1 rules, in which `yes` and `on` are booleans
    yaml: () => stringifyYaml(data, { lineWidth: 0, version: '1.1' }),
    json: () => `${JSON.stringify(data, null, 2)}\n`,
    toml: () => stringifyToml(data as Record<string, unknown>),
    ini: () => stringifyIni(data),
    text: () => plain(data as Text),
  }[file.format]();
  return { text, reaches: [...reaches] };
}

export interface ConfigFileProps {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** File name -> content. */
  readonly files: Readonly<Record<string, FileContent>>;
}

/**
 * Configuration files of a program, written from typed data. Whoever mounts them is restarted when a
 * byte changes (checksum on the pod) and may reach what the files refer to.
 */
export class ConfigFile extends Construct {
  readonly name: string;
  readonly fileNames: readonly string[];
  private readonly files: Readonly<Record<string, FileContent>>;
  private rendered: Record<string, Rendered> | undefined;

  constructor(scope: Construct, id: string, props: ConfigFileProps) {
    super(scope, id);
    this.name = props.name;
    this.files = props.files;
    this.fileNames = Object.keys(props.files);
    const lazy = (file: string) =>
      Lazy.any({ produce: () => this.render()[file]?.text }) as unknown as string;
    new ConfigMap(this, 'Resource', {
      metadata: { name: props.name },
      data: Object.fromEntries(this.fileNames.map((file) => [file, lazy(file)])),
    });
  }

  /** All files in a folder. */
  mountAt(path: string): Mount {
    return { kind: 'config', config: this, path };
  }

  /** All files in a folder, for a program that notices changes by itself: nothing restarts. */
  watchedAt(path: string): Mount {
    return { kind: 'config', config: this, path, watched: true };
  }

  /** Everything the files refer to. Only to be asked when all is declared. */
  get reaches(): Destination[] {
    return Object.values(this.render()).flatMap((file) => [...file.reaches]);
  }

  /** SHA-256 over all files, shortened; changes when any byte does. */
  get checksum(): string {
    const parts = Object.entries(this.render()).flatMap(([name, { text }]) => [`${name}\0`, text, '\0']);
    return Tier.of(this).box.digests.make(this.node.path, parts, 16);
  }

  /** Text of the files by name. Only to be asked when all is declared. */
  get texts(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.render()).map(([name, file]) => [name, file.text]));
  }

  private render(): Record<string, Rendered> {
    this.rendered ??= Object.fromEntries(
      Object.entries(this.files).map(([name, file]) => {
        try {
          return [name, renderFile(file)];
        } catch (error) {
          throw new Error(`${this.node.path}: file '${name}' cannot be written: ${(error as Error).message}`);
        }
      }),
    );
    return this.rendered;
  }
}
