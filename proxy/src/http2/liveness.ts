/** Milliseconds of silence before the client is asked whether it is there, and before it has to go. */
const askAfter = 60_000;
const idleAfter = 180_000;
/** Milliseconds a client has for its answer: a phone may have to wake up. */
const answerTime = 20_000;

/** Whether anybody is at the other end: a peer that vanished says nothing. PING tells. */
export class Liveness {
  private lastActivity = 0;
  private lastActive: number;
  private lastAsked: number;
  /** When an answer is due; 0 when nothing was asked. */
  private due = 0;
  /** When the client must have said, and acknowledged, its first SETTINGS; 0 when it did. */
  private greetBy: number;
  private acknowledgeBy: number;

  /**
   * @param now milliseconds of the service's clock
   * @param greetingTime milliseconds the client has for its first SETTINGS
   */
  constructor(now: number, greetingTime: number) {
    this.lastActive = this.lastAsked = now;
    this.greetBy = now + greetingTime;
    this.acknowledgeBy = now + greetingTime + answerTime;
  }

  greeted(): void {
    this.greetBy = 0;
  }

  acknowledged(): void {
    this.acknowledgeBy = 0;
  }

  /** What was asked has been answered. */
  answered(): void {
    this.due = 0;
  }

  /** Called every second. False: nobody is there. */
  alive(now: number): boolean {
    return (this.greetBy === 0 || now <= this.greetBy) && (this.due === 0 || now <= this.due);
  }

  /** The client did not take note of our settings in time (RFC 9113 6.5.3). */
  ignores(now: number): boolean {
    return this.acknowledgeBy !== 0 && now > this.acknowledgeBy;
  }

  /** Whether to ask now; `activity` goes up with everything that happens. */
  ask(now: number, activity: number): boolean {
    if (activity !== this.lastActivity) {
      this.lastActivity = activity;
      this.lastActive = now;
    }
    if (this.due !== 0 || this.greetBy !== 0) return false;
    if (now - this.lastActive < askAfter || now - this.lastAsked < askAfter) return false;
    this.lastAsked = now;
    this.due = now + answerTime;
    return true;
  }

  /** Whether nothing has happened for so long that the connection may go. */
  idle(now: number): boolean {
    return now - this.lastActive > idleAfter;
  }
}
