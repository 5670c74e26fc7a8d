/**
 * Whether a text such as `2026-12-31` is a day. JavaScript takes the 30th of February for the 2nd of March, and knows a
 * year 0, which PostgreSQL does not.
 */
export function isDay(text: string): boolean {
  const date = new Date(text)
  return /^(?!0000)\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
