import type { Box } from '../core/box.js';
import { Phase } from '../core/box.js';
import { namespaces } from '../core/namespaces.js';
import { Tier } from '../core/tier.js';
import { Wave } from '../core/waves.js';
import type { Data } from '../data/data.js';
import type { Edge } from '../edge/edge.js';
import type { Identity } from '../identity/identity.js';
import type { AiService } from '../secrets/ai-service.js';
import type { MailRelay } from '../secrets/mail-relay.js';
import type { Vault } from '../secrets/vault.js';
import type { SuiteApp } from './suite-app.js';

/** What the apps of a suite draw on. */
export interface SuiteProps {
  readonly vault: Vault;
  readonly data: Data;
  readonly identity: Identity;
  readonly edge: Edge;
  readonly mail: MailRelay;
  /** Undefined when AI features are off. */
  readonly ai: AiService | undefined;
}

/** An app on offer. */
export interface AppClass<App extends SuiteApp = SuiteApp> {
  /** Name in `box.yaml`, and prefix of its objects. */
  readonly id: string;
  /** Apps it cannot do without. */
  readonly needs?: readonly AppClass[];
  /** Only there for others: rendered when an app that is on needs it. */
  readonly supporting?: boolean;
  new (suite: Suite): App;
}

/** The apps people open: those that are on in `box.yaml`, and links between those that are both there. */
export class Suite extends Tier {
  readonly services: SuiteProps;
  private readonly apps = new Map<AppClass, SuiteApp>();

  constructor(box: Box, id: string, props: SuiteProps) {
    super(box, id, { namespace: namespaces.lasuite, wave: Wave.Apps });
    this.services = props;
  }

  /**
   * Adds the apps that are on, and the supporting ones they need, directly or through one another.
   * @throws when an app that is on needs one that is off, or is added twice
   */
  add(...classes: AppClass[]): this {
    const { site } = this.box;
    const on = classes.filter((app) => site.isOn(app.id));
    const wanted = new Set<AppClass>();
    const want = (app: AppClass): void => {
      if (wanted.has(app)) return;
      wanted.add(app);
      for (const needed of app.needs ?? []) {
        if (!on.includes(needed) && !this.apps.has(needed)) {
          throw new Error(
            `app '${app.id}' needs '${needed.id}', which is switched off: set apps.${needed.id} to true in box.yaml, ` +
              `or switch '${app.id}' off too`,
          );
        }
        want(needed);
      }
    };
    for (const app of on) if (app.supporting !== true) want(app);
    for (const app of on.filter((each) => wanted.has(each))) {
      if (this.apps.has(app))
        throw new Error(`${this.node.path}: app '${app.id}' is added twice; add each app once`);
      this.apps.set(app, new app(this));
    }
    return this;
  }

  /** An app, if it is there. */
  get<App extends SuiteApp>(app: AppClass<App>): App | undefined {
    return this.apps.get(app) as App | undefined;
  }

  /** Runs `join` once everything is declared, if `other` is there: links exist only where both ends do. */
  link<App extends SuiteApp>(other: AppClass<App>, join: (other: App) => void): void {
    this.box.derive(Phase.Link, () => {
      const app = this.get(other);
      if (app !== undefined) join(app);
    });
  }
}
