/** A value as PostgreSQL's jsonb takes it: it has neither NUL nor half a character, and members write both. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part) => (typeof part === 'string' ? part.toWellFormed().replaceAll('\0', '') : part))
