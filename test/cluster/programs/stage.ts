import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../process.js';
import type { EnvSpec, Rendering } from './rendering.js';
import type { Secrets, Values } from './secrets.js';

/** How a workload of the box is laid out on this machine. */
export interface StageOptions {
  readonly box: Rendering;
  readonly secrets: Secrets;
  readonly kind: 'Deployment' | 'StatefulSet' | 'CronJob';
  /** `namespace/name` of the workload. */
  readonly place: string;
  /** Which of a StatefulSet's pods. @default 0 */
  readonly replica?: number;
  /** What is said instead of a text of the configuration: addresses, mostly. Each must occur. */
  readonly instead?: Readonly<Record<string, string>>;
  /** ConfigMaps and Secrets that somebody else makes in the cluster, by name. */
  readonly given?: Readonly<Record<string, Values>>;
  /** Changes a file further; what it changes is to be said in the report. */
  readonly edit?: (file: string, content: string) => string;
}

/**
 * The files a workload mounts, in a temporary folder, and its arguments and environment with their paths. Everything
 * else is as synthesis wrote it.
 */
export class Stage {
  readonly folder: string;
  private readonly plain: RegExp;
  private readonly encoded: RegExp;
  private readonly unused: Set<string>;
  private readonly namespace: string;

  constructor(private readonly options: StageOptions) {
    const { box, kind, place, given = {} } = options;
    this.folder = temporaryFolder(place.replace('/', '-'));
    this.namespace = place.split('/')[0] ?? '';
    this.unused = new Set(Object.keys(options.instead ?? {}));
    const { volumeMounts = [] } = box.container(kind, place);
    const paths = volumeMounts.map(({ mountPath }) => mountPath).sort((a, b) => b.length - a.length);
    this.plain = new RegExp(`(^|[\\s"'=,]|file://)(${paths.join('|')})(?=$|[/\\s"',])`, 'gm');
    this.encoded = new RegExp(`(?<==)(${paths.map(encodeURIComponent).join('|')})(?=$|%2F|&)`, 'gm');
    const volumes = new Map(box.volumes(kind, place).map((volume) => [volume.name, volume]));
    for (const { name, mountPath } of volumeMounts) {
      const folder = join(this.folder, mountPath);
      mkdirSync(folder, { recursive: true });
      const volume = volumes.get(name);
      const config = volume?.configMap?.name;
      const secret = volume?.secret?.secretName;
      if (config !== undefined) this.write(folder, given[config] ?? box.files(`${this.namespace}/${config}`));
      if (secret !== undefined)
        this.write(folder, given[secret] ?? options.secrets.secret(`${this.namespace}/${secret}`));
    }
  }

  /** Path on this machine of a path in the container. */
  path(inContainer: string): string {
    return join(this.folder, inContainer);
  }

  /** Arguments of a container. @param name default: the workload's own; an initContainer otherwise */
  args(name?: string): string[] {
    const { box, kind, place } = this.options;
    const { command = [], args = [] } = box.container(kind, place, name);
    const env = this.env(name);
    // the program itself is found elsewhere
    const words = [...command.slice(1), ...args];
    return words.map((word) => this.local(word.replace(/\$\((\w+)\)/g, (all, key) => env[key] ?? all)));
  }

  /** Environment of a container. */
  env(name?: string): Record<string, string> {
    const { box, kind, place } = this.options;
    const made: Record<string, string> = {};
    for (const variable of box.container(kind, place, name).env ?? [])
      made[variable.name] = this.local(
        this.valueOf(variable).replace(/\$\((\w+)\)/g, (all, key) => made[key] ?? all),
      );
    return made;
  }

  /** @throws when something to be said instead of a text was never needed: the check has to follow the box */
  checkAllUsed(): void {
    const { kind, place } = this.options;
    for (const text of this.unused)
      throw new Error(
        `${kind} ${place}: nothing in its configuration says '${text}' any more; this check replaces it`,
      );
  }

  private valueOf({ name, value, valueFrom }: EnvSpec): string {
    const { secrets, place } = this.options;
    const key = valueFrom?.secretKeyRef;
    if (key !== undefined) return secrets.value(`${this.namespace}/${key.name}`, key.key);
    if (valueFrom?.fieldRef?.fieldPath === 'metadata.name')
      return `${place.split('/')[1]}-${this.options.replica ?? 0}`;
    if (value === undefined)
      throw new Error(`${place}: variable ${name} is of a kind this check does not know`);
    return value;
  }

  private write(folder: string, files: Values): void {
    const { edit = (_: string, content: string) => content } = this.options;
    for (const [name, content] of Object.entries(files)) {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === 'string' ? this.local(edit(name, content)) : content, {
        mode: 0o600,
      });
    }
  }

  /** A text with this machine's paths and addresses. */
  private local(text: string): string {
    let result = text;
    for (const [before, after] of Object.entries(this.options.instead ?? {})) {
      if (!result.includes(before)) continue;
      this.unused.delete(before);
      result = result.replaceAll(before, after);
    }
    // all at once: folders of this machine may begin like paths of the container
    return result
      .replace(this.plain, (_, start: string, path: string) => start + this.path(path))
      .replace(this.encoded, (_, path: string) => encodeURIComponent(this.path(decodeURIComponent(path))));
  }
}
