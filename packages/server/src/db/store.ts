/** Keys of the table Store. The replaced backend introduced the first one. */
export const STORE_KEYS = {
  progress: 'Progress',
  lastRun: 'LastRun',
  /** By type of event that the query node does not know: the last block whose events of this type are handled. */
  leftOut: 'LeftOut',
  /** The block up to which posts were added to the known authors. */
  authorsTo: 'AuthorsTo',
  /** The kinds of the replaced backend, for the way back to it. */
  replacedKinds: 'ReplacedKinds',
  healthCheck: 'HealthCheck',
  /** Signs the links in emails. */
  linkKey: 'LinkKey',
  /** Where those links lead. */
  publicUrl: 'PublicUrl',
} as const
