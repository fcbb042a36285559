import { limitScore, refuseScore, sizeOf, type Weights } from '../src/detect/score.js';
import { trainingSources } from './split.js';

/** Text of `train/report.md`. */
export function reportText(input: {
  weights: Weights;
  seed: number;
  hashes: ReadonlyMap<string, string>;
  attacks: string;
  honest: string;
  flows: number;
  requests: number;
}): string {
  const { numbers, bytes } = sizeOf(input.weights);
  return `# What the detector catches

Written by \`npm run train -w proxy\`; weights \`${input.weights.version}\`, ${numbers} learned numbers, ${bytes} bytes as float32.

**Limited** means a score from ${limitScore}, a smaller burst; **refused** from ${refuseScore}, a 403. **Caught** is either. Each source is asked of
weights that have not seen it: \`committed\` are those in \`src/detect/weights.ts\`, trained on
${trainingSources.join(', ')};
\`left out\` are others, trained with the same settings on everything but the source, its tool and its site. Attacks of the
training side whose path, digits aside, also stands on the other side are left out. Header fields of attack sources are
not shown to the detector: in these files they tell the file. "Original hits" are the path signals of the detector this
one replaces (whole segments, endings, traversal); without its rule "no cookie", which would hit most of everything.

## Attacks

${input.attacks}

- _Caught_ and _refused_: each request by itself, as if from a client never seen before.
- _Groups_: CVE templates and categories of lists of which at least one request was caught.
- _In one scan_: the whole source, shuffled, by one client, against a box that answers 404; at 1, 20 and 200 requests per
  second, the worst of the three. _First at_ and _blocked at_ count requests. _In scans of 50_: the same by many clients of
  fifty requests each, so that the first ones, which nobody knows yet, count for what they are.
- Many rows cannot be told from honest ones by themselves: \`/\`, \`/login\`, plain words, and, in \`crs\`, 3,000 requests whose
  attack is in the body or in header fields, which the detector does not read. There the client's behaviour must tell.
- \`crowdsec-hub\` holds requests of floods (\`/?91131260392\`), which are nothing by themselves.

## Honest requests

${input.honest}

- _As recorded_: each client (site visit, address) with its own times and statuses, so that blocks count too.
- Limited in \`har-browser\` are pages of sites that run PHP, ASP or CGI, which the box does not: those requests only get a
  smaller burst. \`browsing\` is made up, one in ten for such sites, and much nastier than what people do.
- \`suite flows\`: ${input.requests} requests of ${input.flows} clients, made from the route classes: Docs, Drive, Meet, mail, calendars (CalDAV),
  Git, OCI registry, S3, Matrix, sign-in, dashboards, synchronizing 1,000 files, 20 tabs at once.

## What this does not say

- The aim of 95 % of CVE probes and 90 % of paths to try is met by scans, short ones too, not by single
  requests: see _caught_.
- Vocabulary and features were written by hand with samples of these sources in view; only the weights are blind.
- Floods and answers are simulated: there are no recordings of them to learn from.
- \`elastic-apache\` is one site of 2015, \`har-browser\` mostly news sites.

## Provenance

Seed ${input.seed}. SHA-256 of the data:

${[...input.hashes].map(([source, hash]) => `- \`${source}\` \`${hash}\``).join('\n')}
`;
}
