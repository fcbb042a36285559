import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';

/** Small values a browser keeps for us without being able to read or change them. */
export class Seal {
  private readonly key: Buffer;

  constructor(secret: string) {
    // the secret has more than enough entropy: it is stretched to the cipher's length, no more
    this.key = createHash('sha256').update(secret).digest();
  }

  /** @param purpose a value sealed for one purpose opens for no other */
  close(purpose: string, value: string, seconds: number, now = Date.now()): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv(algorithm, this.key, iv).setAAD(Buffer.from(purpose));
    const plain = JSON.stringify([now + seconds * 1000, value]);
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
  }

  /** The value; undefined when it is not ours, for something else, or too old. */
  open(purpose: string, sealed: string | undefined, now = Date.now()): string | undefined {
    if (sealed === undefined) return undefined;
    const all = Buffer.from(sealed, 'base64url');
    if (all.length < 29) return undefined;
    try {
      const decipher = createDecipheriv(algorithm, this.key, all.subarray(0, 12))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(all.subarray(12, 28));
      const plain = Buffer.concat([decipher.update(all.subarray(28)), decipher.final()]).toString('utf8');
      const [until, value] = JSON.parse(plain) as [number, string];
      return now <= until ? value : undefined;
    } catch {
      return undefined;
    }
  }
}
