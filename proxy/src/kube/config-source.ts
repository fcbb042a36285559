import { z } from 'zod';
import { ProxyError } from '../core/errors.js';
import type { KubeClient } from './api.js';
import type { KubeObject } from './objects.js';
import { SourceProblems, type SourceStatus } from './source.js';
import type { Timers } from './timers.js';
import { ListWatch } from './watch.js';

/** Where the configuration comes from and who takes it. */
export interface ConfigSourceOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly configMap: string;
  /** Key of the text in it. */
  readonly key: string;
  /** Takes the text over; may throw when it is not valid, and is not asked again until it changes. */
  readonly onText: (text: string) => void;
  readonly onProblem?: (error: Error) => void;
  readonly timers?: Timers;
}

const configMap = z.object({ data: z.record(z.string(), z.string()).nullish() });

/** The configuration, from the event itself: the mount in the pod follows only after a minute. */
export class ConfigSource {
  private readonly watch: ListWatch;
  private readonly problems: SourceProblems;
  private readonly name: string;
  private last: string | undefined;

  constructor(private readonly options: ConfigSourceOptions) {
    const { client, namespace, configMap: name, onProblem, timers } = options;
    this.name = `configmap ${namespace}/${name}`;
    this.problems = new SourceProblems(onProblem);
    this.watch = new ListWatch({
      client,
      path: `/api/v1/namespaces/${namespace}/configmaps`,
      name,
      onObjects: (objects) => this.take(objects.get(name)),
      ...(onProblem === undefined ? {} : { onProblem }),
      ...(timers === undefined ? {} : { timers }),
    });
  }

  start(): void {
    this.watch.start();
  }

  stop(): Promise<void> {
    return this.watch.stop();
  }

  status(): SourceStatus {
    const { ready, objects, problem } = this.watch.status();
    return { name: this.name, ready: ready && objects > 0, problem: this.problems.of(this.name) ?? problem };
  }

  private take(object: KubeObject | undefined): void {
    const text = object === undefined ? undefined : configMap.parse(object).data?.[this.options.key];
    // labels and other keys change too
    if (text !== undefined && text === this.last) return;
    this.problems.during(this.name, () => {
      this.last = text;
      if (object === undefined) throw this.told('it does not exist; the configuration before is kept');
      if (text === undefined)
        throw this.told(`it has no key '${this.options.key}'; the configuration before is kept`);
      this.options.onText(text);
    });
  }

  private told(what: string): ProxyError {
    return new ProxyError('EDGE_CONFIG', `${this.name}: ${what}`);
  }
}
