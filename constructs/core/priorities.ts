interface PriorityProps {
  readonly value: number;
  readonly isDefault?: boolean;
  readonly preempts?: boolean;
}

export type Priority = 'box-platform' | 'box-core' | 'box-app' | 'box-batch';

/** Who is evicted last. Values leave room between the classes; the built-in system classes stay above all of them. */
export const priorities: Readonly<Record<Priority, PriorityProps>> = {
  'box-platform': { value: 1_000_000 },
  'box-core': { value: 900_000 },
  'box-app': { value: 500_000, isDefault: true },
  'box-batch': { value: 100_000, preempts: false },
};
