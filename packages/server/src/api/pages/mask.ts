const SHOWN_OF_SHORT = 1
const SHOWN_OF_LONG = 2
const LONG = 6

/** An address for those who know it, such as `al•••@e•••.org`: who gets a forwarded email does not learn it. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  const dot = domain.lastIndexOf('.')
  const end = dot === -1 ? '' : domain.slice(dot)
  return `${maskText(address.slice(0, at))}@${maskText(domain.slice(0, dot === -1 ? undefined : dot))}${end}`
}

function maskText(text: string): string {
  const letters = [...text]
  return `${letters.slice(0, letters.length < LONG ? SHOWN_OF_SHORT : SHOWN_OF_LONG).join('')}•••`
}
