type Keyed = { id: number; createdAt: Date }

/**
 * Names an email for its provider, which repeats it in what it reports. Two installations with one account have emails
 * of the same id, but hardly of the same millisecond.
 */
export const emailKey = ({ id, createdAt }: Keyed): string => `${id}.${createdAt.getTime()}`

/** @returns nothing when the text is no key */
export function readEmailKey(text: string): Keyed | undefined {
  const [, id, createdAtMs] = /^(\d{1,10})\.(\d{1,15})$/.exec(text) ?? []
  return id && createdAtMs ? { id: Number(id), createdAt: new Date(Number(createdAtMs)) } : undefined
}
