/** Keys of the table Store. The replaced backend introduced the first one. */
export const STORE_KEYS = {
  progress: 'Progress',
  lastRun: 'LastRun',
  /** The block up to which posts were added to the known authors. */
  authorsTo: 'AuthorsTo',
} as const
