import { z } from 'zod';

/*
 * Values that occur in several places of the configuration. `id` gives each a definition of its own in the exported
 * JSON Schema; `error` is the rule a person reads when a value breaks it.
 */

export const hostName = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/, {
    error: 'must be a host name in lower case without a final dot, such as docs.example.org',
  })
  .meta({ id: 'hostName', description: 'Lower-case host name without a final dot.' });

export const label = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, {
    error: 'must be the name of a Kubernetes object: lower-case letters, digits and inner hyphens',
  })
  .meta({ id: 'label', description: 'Name of a Kubernetes object.' });

export const port = z.int().min(1).max(65535).meta({ id: 'port', description: 'TCP port.' });

export const listenerPort = z.int().min(0).max(65535).meta({
  id: 'listenerPort',
  description: 'TCP port the process binds; 0 lets the system choose one, for tests and development.',
});

export const path = z
  .string()
  .max(1024)
  .regex(/^\/[\x21-\x22\x24\x26-\x3e\x40-\x5b\x5d-\x7e]*$/, {
    error: "must be a path that starts with '/', in ASCII without ? # % \\ and spaces",
  })
  .meta({
    id: 'path',
    description: 'Absolute path in ASCII, without query, fragment, backslash or percent-encoding.',
  });

export const cidr = z
  .string()
  .regex(/^[0-9a-fA-F:.]+\/[0-9]{1,3}$/, {
    error:
      'must be a network in CIDR form, such as 10.42.0.0/16 or fd00::/8; a single address ends in /32 or /128',
  })
  .meta({ id: 'cidr', description: 'Network in CIDR form.' });

export const upstream = z
  .string()
  .regex(/^http:\/\/[a-z0-9.-]+(:[0-9]{1,5})?$/, {
    error:
      'must be the origin of a Service, such as http://name.namespace.svc.cluster.local:8000, without a path',
  })
  .meta({
    id: 'upstream',
    description:
      'Origin of a Service: scheme, host and port without a path; the port defaults to 80. The name is fully qualified: it is looked up with a final dot, so that no search domain is tried.',
  });

export const url = z
  .string()
  .regex(/^https?:\/\/[^\s]+$/, { error: 'must be an absolute URL that begins with http:// or https://' })
  .meta({ id: 'url', description: 'Absolute URL.' });

export const authority = z
  .string()
  .regex(/^[A-Za-z0-9.-]+(:[0-9]{1,5})?$/, { error: 'must be host or host:port' })
  .meta({ id: 'authority', description: 'host or host:port, as it stands in Host.' });

export const colour = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, { error: 'must be a colour such as #7c3aed' })
  .meta({ id: 'colour', description: 'Colour as #rrggbb.' });

export const fieldName = z.string().regex(/^[A-Za-z0-9-]+$/, {
  error: 'must be a field name of letters, digits and hyphens, such as X-Amz-Date',
});

const fieldNameOfAnswer = z
  .string()
  .regex(
    /^(?!([Cc]onnection|[Kk]eep-[Aa]live|[Tt]ransfer-[Ee]ncoding|[Cc]ontent-[Ll]ength|[Uu]pgrade|[Tt]railer|[Tt][Ee])$)[A-Za-z0-9-]+$/,
    {
      error:
        'must be a field name of letters, digits and hyphens, and none that frames messages or belongs to the connection',
    },
  );

export const headers = z
  .record(
    fieldNameOfAnswer,
    z.string().regex(/^[\x20-\x7e]*$/, { error: 'must be a field value in printable ASCII on one line' }),
  )
  .meta({
    id: 'headers',
    description: 'Field name to value. Connection-level and framing fields are refused.',
  });

export const bucket = z
  .strictObject({
    burst: z.int().min(1).describe('Tokens that may be spent at once.'),
    perSecond: z.number().gt(0).describe('Tokens that come back each second.'),
  })
  .meta({
    id: 'bucket',
    description:
      "A token bucket: what may come at once, and what comes back. Tokens are requests, weighed by the route's `cost`.",
  });

/** A name for logs and metrics, as short as a port name of Kubernetes. */
export const shortName = z
  .string()
  .min(1)
  .max(15)
  .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, {
    error: 'must be a lower-case name that starts with a letter, such as ssh',
  });

/** A list in which nothing stands twice, of at least `least` items. */
export function unique<T extends z.ZodType<string>>(item: T, least = 0) {
  const list = least === 0 ? z.array(item) : z.array(item).min(least);
  return list
    .refine((items) => new Set(items).size === items.length, {
      error: 'must not name the same thing twice; take the repetition out',
    })
    .meta({ uniqueItems: true });
}
