/** Keys of the table Store. The replaced backend introduced the first one. */
export const STORE_KEYS = {
  progress: 'Progress',
  lastRun: 'LastRun',
} as const
