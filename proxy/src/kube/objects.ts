import { z } from 'zod';

const metadata = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const object = z.looseObject({ metadata });

/** Any object of Kubernetes; what is beyond `metadata` is read by whoever knows the kind. */
export type KubeObject = z.output<typeof object>;

/** Answer to a list. */
export const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  // a list without items is null in Go
  items: z
    .array(object)
    .nullish()
    .transform((items) => items ?? []),
});

const version = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const failure = z.object({
  code: z.number().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

/** One line of a watch. */
export const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object }),
  z.object({ type: z.literal('BOOKMARK'), object: version }),
  z.object({ type: z.literal('ERROR'), object: failure }),
]);

/** What a watch tells. */
export type KubeEvent = z.output<typeof eventSchema>;
