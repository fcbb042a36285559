/** How a secret value comes into being. Data, not code: the set-up Job makes the value inside the cluster. */
export type Generator =
  /** So many random bytes, as base64 for URLs without padding. Holds no comma, which Ory reads as a separator. */
  | { readonly kind: 'random'; readonly bytes: number }
  /** Exactly so many random letters and digits. */
  | { readonly kind: 'letters'; readonly length: number }
  /** So many random bytes as they are, for a file. */
  | { readonly kind: 'bytes'; readonly length: number }
  /** A value that is no secret but belongs beside one: a client id. */
  | { readonly kind: 'constant'; readonly value: string }
  /** The operator is asked for it at installation. */
  | { readonly kind: 'operator'; readonly prompt: string }
  /** The same value as another key of the vault has. */
  | { readonly kind: 'copy'; readonly path: string; readonly key: string }
  /** Text in which `{key}` stands for another key of the same secret. */
  | { readonly kind: 'template'; readonly text: string };

/** `bytes` random bytes as URL-safe base64. @param bytes 16 or more */
export function random(bytes: number): Generator {
  if (bytes < 16) throw new Error(`random(${bytes}): fewer than 16 bytes can be guessed; ask for 16 or more`);
  return { kind: 'random', bytes };
}

/** Exactly `length` letters and digits, for programs that count characters. */
export const letters = (length: number): Generator => ({ kind: 'letters', length });

/** Raw random bytes. */
export const bytes = (length: number): Generator => ({ kind: 'bytes', length });

/** A fixed, public value. */
export const constant = (value: string): Generator => ({ kind: 'constant', value });

/** Asked for at installation. @param prompt what the operator reads */
export const askOperator = (prompt: string): Generator => ({ kind: 'operator', prompt });

/** The value of another key, e.g. for a server that must know the passwords of all its clients. */
export const copyOf = (path: string, key: string): Generator => ({ kind: 'copy', path, key });

/** Text with `{key}` for other keys of the same secret. */
export const template = (text: string): Generator => ({ kind: 'template', text });
