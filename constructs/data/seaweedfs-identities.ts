import { value } from '../secrets/kv.js';
import { type Bucket, identityKeys, type S3Identity } from './bucket.js';

/** Key of the gathering entry under which one half of an identity's key pair is copied. */
export const gatheredKey = (identity: string, key: string): string => `${identity}-${key}`;

/** The file behind `-s3.config`. @see https://github.com/seaweedfs/seaweedfs/wiki/Amazon-S3-API */
interface S3Config {
  readonly identities: readonly {
    readonly name: string;
    readonly credentials: readonly { readonly accessKey: string; readonly secretKey: string }[];
    readonly actions: readonly string[];
  }[];
}

const actions = ['Read', 'Write', 'List', 'Tagging'];

const entry = (name: string, allowed: readonly string[]): S3Config['identities'][number] => ({
  name,
  credentials: [
    {
      accessKey: value(gatheredKey(name, identityKeys.accessKey)),
      secretKey: value(gatheredKey(name, identityKeys.secretKey)),
    },
  ],
  actions: allowed,
});

/**
 * `s3.json` as a template over the vault's values: the administrator, then each identity limited to its buckets.
 * @param admin name of the identity that makes buckets
 */
export function s3ConfigTemplate(
  admin: string,
  identities: readonly S3Identity[],
  buckets: readonly Bucket[],
): string {
  const config: S3Config = {
    identities: [
      entry(admin, ['Admin']),
      ...identities.map((identity) =>
        entry(identity.name, [
          ...(identity.props.readsEveryBucket === true ? ['Read', 'List'] : []),
          ...buckets
            .filter((bucket) => bucket.identity === identity)
            .flatMap(({ name }) => actions.map((action) => `${action}:${name}`)),
        ]),
      ),
    ],
  };
  // the placeholders hold quotes of their own, which are the template's and must not be escaped
  return JSON.stringify(config, null, 2).replace(/\{\{.*?\}\}/g, (placeholder) =>
    placeholder.replaceAll('\\"', '"'),
  );
}
