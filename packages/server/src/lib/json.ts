/** JSON for PostgreSQL's jsonb, which rejects NUL and lone surrogates. Members write both. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part) => (typeof part === 'string' ? part.toWellFormed().replaceAll('\0', '') : part))
