/** How much a client may send (RFC 9113 5.2): what was read is granted again, in large steps. */
export class ReceiveWindow {
  /** Octets the client may still send. */
  private left: number;
  /** Octets that were read and not granted yet. */
  private owed = 0;

  constructor(private readonly size: number) {
    this.left = size;
  }

  /** Octets came. False: more than were granted. */
  take(octets: number): boolean {
    this.left -= octets;
    return this.left >= 0;
  }

  /** Octets were read; returns what to grant now, 0 for nothing yet. */
  give(octets: number): number {
    this.owed += octets;
    if (2 * this.owed < this.size) return 0;
    const { owed } = this;
    this.owed = 0;
    this.left += owed;
    return owed;
  }
}
