import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, type AppProps, Yaml } from 'cdk8s';
import { Budget } from './budget.js';
import { ClusterTier } from './cluster-tier.js';
import { Digests } from './digests.js';
import type { ImageName } from './images.js';
import type { Manifest } from './manifest.js';
import { Network } from './network.js';
import type { Site } from './site.js';
import { Tier } from './tier.js';

/** When a derivation runs, after everything is declared. */
export enum Phase {
  /** Links between apps that are both there: the last declarations. */
  Link,
  /** References inside configuration files become edges. */
  Bind,
  /** Registries render what was declared to them. */
  Render,
  /** Reports over everything that was rendered. */
  Report,
}

/**
 * The root of a box. Constructs declare what they need; when the box is synthesized, the registries derive the rest
 * in phases and the tree is written, one file for each tier.
 */
export class Box extends App {
  /** Edges between workloads, and the policies that follow. */
  readonly network = new Network();
  /** Checksums and hashes, with what they were made from. */
  readonly digests = new Digests();
  /** Images that something in the box runs. */
  readonly images = new Set<ImageName>();
  /** What all pods ask for, against what the server has. */
  readonly budget: Budget;
  /** Objects that belong to no namespace, and the namespaces themselves. */
  readonly cluster: ClusterTier;
  private readonly derivations: { phase: Phase; run: () => void }[] = [];
  private running: Phase | undefined;
  private complete = false;
  private readonly rendered = new Map<Tier, Manifest[]>();

  /** @param site the installation to render */
  constructor(
    readonly site: Site,
    props: AppProps = {},
  ) {
    super(props);
    this.budget = new Budget(site);
    this.cluster = new ClusterTier(this, 'cluster');
    this.derive(Phase.Render, () => this.network.render());
  }

  /**
   * Runs `run` in a phase after everything is declared, in order of registration.
   * @throws when that phase is over
   */
  derive(phase: Phase, run: () => void): void {
    if (this.complete) throw new Error('the box is complete; declare before synthesis');
    if (this.running !== undefined && phase < this.running) {
      throw new Error(
        `phase '${Phase[phase]}' is over, phase '${Phase[this.running]}' runs; declare in the constructor or in a link`,
      );
    }
    this.derivations.push({ phase, run });
  }

  /** Derives everything; afterwards nothing can be declared. Called by `synth` and `manifests`. */
  finish(): void {
    if (this.complete) return;
    for (const phase of [Phase.Link, Phase.Bind, Phase.Render, Phase.Report]) {
      this.running = phase;
      // a derivation may register another one of its own phase or a later one
      for (let i = 0; i < this.derivations.length; i++) {
        const derivation = this.derivations[i];
        if (derivation?.phase === phase) derivation.run();
      }
    }
    this.complete = true;
    for (const object of this.node.findAll()) {
      if (ApiObject.isApiObject(object)) Tier.of(object).mark(object);
    }
  }

  /**
   * Writes the tiers, each to `<wave>-<tier>.k8s.yaml`, so that the order of names is the order of waves. cdk8s would
   * number files by dependencies between charts, but walks every path through them: twenty tiers never end.
   * @throws when a construct's own validation fails
   */
  override synth(): void {
    this.finish();
    const problems = this.node
      .findAll()
      .flatMap(({ node }) => node.validate().map((problem) => `${node.path}: ${problem}`));
    if (problems.length > 0) throw new Error(problems.join('\n'));
    const files = this.tiers.map((tier) => ({ name: `${tier.wave}-${tier.node.id}`, tier }));
    const [first] = files.map(({ name }) => name).sort();
    if (first !== `${this.cluster.wave}-${this.cluster.node.id}`) {
      throw new Error(
        `tier '${first}' would be applied before the namespaces; give it an id that sorts after 'cluster'`,
      );
    }
    mkdirSync(this.outdir, { recursive: true });
    for (const { name, tier } of files) {
      Yaml.save(join(this.outdir, `${name}${this.outputFileExtension}`), this.manifestsOf(tier));
    }
  }

  /** Everything as plain objects, in the order it is applied. */
  manifests(): Manifest[] {
    this.finish();
    return this.tiers.flatMap((tier) => this.manifestsOf(tier));
  }

  /** Objects of a tier; turned into data once, since nothing changes any more. */
  private manifestsOf(tier: Tier): Manifest[] {
    const known = this.rendered.get(tier) ?? (tier.toJson() as Manifest[]);
    this.rendered.set(tier, known);
    return known;
  }

  /** Tiers in wave order; within a wave in order of declaration. */
  get tiers(): Tier[] {
    const tiers = this.node.children.filter(Tier.isTier);
    return tiers.sort((a, b) => a.wave - b.wave);
  }
}
