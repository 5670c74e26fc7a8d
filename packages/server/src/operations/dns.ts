import { Resolver } from 'node:dns/promises'
import type { EmailProvider } from '../config/config.ts'
import { beginningOf } from '../lib/text.ts'
import { domainOf } from '../outbox/sender.ts'
import type { Check } from './health.ts'

type Sender = {
  emailSender: string
  emailProviders: readonly EmailProvider[]
  /** Where the provider's public key stands, for providers whose selectors are not known. */
  selector?: string | undefined
  /** DNS servers, such as `127.0.0.1:53`. The machine's own without them. */
  servers?: string[]
}

/** What each provider asks its customers to publish, by its documentation. */
const PROVIDERS: Partial<Record<EmailProvider['name'], { spf: string; selectors: string[] }>> = {
  sendgrid: { spf: 'include:sendgrid.net', selectors: ['s1', 's2', 'm1'] },
  mailgun: {
    spf: 'include:mailgun.org',
    selectors: ['pdk1', 'pdk2', 'k1', 'mx', 'smtp', 'mta', 'pic', 'krs', 'email', 'mailo'],
  },
}

const MISSING = new Set(['ENOTFOUND', 'ENODATA'])
const TIMEOUT_MS = 3_000
const MOST_SHOWN = 120
/** DMARC asks the parents of a domain, this many at most. */
const MOST_PARENTS = 7

/**
 * Looks up what mailbox providers demand of a sender's domain: SPF (RFC 7208), DKIM (RFC 6376) and DMARC.
 * @returns one check for each of them, none for a sender without a domain of its own
 */
export async function checkDns({ emailSender, emailProviders, selector, servers }: Sender): Promise<Check[]> {
  const domain = domainOf(emailSender)
  if (!domain.includes('.')) {
    return [{ name: 'domain', ok: false, says: `${domain} is no domain on the internet: set EMAIL_SENDER` }]
  }
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 })
  if (servers) resolver.setServers(servers)
  const signerOf = (provider: EmailProvider) => (provider.name === 'mailgun' ? provider.domain : domain)
  const checksOf = async (provider: EmailProvider) => {
    const known = PROVIDERS[provider.name]
    const checks = await Promise.all([
      checkSpf(resolver, signerOf(provider), known?.spf),
      checkDkim(resolver, signerOf(provider), selector === undefined ? (known?.selectors ?? []) : [selector]),
    ])
    return emailProviders.length > 1
      ? checks.map((check) => ({ ...check, name: `${check.name} ${provider.name}` }))
      : checks
  }
  const [first] = emailProviders
  const own = await Promise.all(emailProviders.map(checksOf))
  return [...own.flat(), await checkDmarc(resolver, domain, first ? signerOf(first) : domain)]
}

/** @throws Error when no server answers; a name without records is an empty list */
async function textsOf(resolver: Resolver, name: string): Promise<string[]> {
  try {
    // A long text comes in parts.
    return (await resolver.resolveTxt(name)).map((parts) => parts.join(''))
  } catch (error) {
    if (MISSING.has((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}

const unanswered = (name: string, domain: string, error: unknown): Check => ({
  name,
  ok: false,
  says: `cannot be looked up for ${domain} (${(error as NodeJS.ErrnoException).code}): check this machine's DNS`,
})

async function checkSpf(resolver: Resolver, domain: string, include: string | undefined): Promise<Check> {
  const name = 'SPF'
  const advice = `add a TXT record to ${domain}: "v=spf1 ${include ?? '<what your mail server needs>'} ~all"`
  try {
    const records = (await textsOf(resolver, domain)).filter((text) => /^v=spf1( |$)/i.test(text))
    const [record] = records
    if (record === undefined) return { name, ok: false, says: `is missing: ${advice}` }
    if (records.length > 1)
      return { name, ok: false, says: `has ${records.length} records, which counts as none: merge them` }
    if (/(^| )\+?all( |$)/i.test(record)) return { name, ok: false, says: `allows everybody to send: end it with ~all` }
    if (include && !record.toLowerCase().split(' ').includes(include)) {
      return { name, ok: false, says: `lacks ${include}: ${shown(record)}` }
    }
    return { name, ok: true, says: shown(record) }
  } catch (error) {
    return unanswered(name, domain, error)
  }
}

async function checkDkim(resolver: Resolver, domain: string, selectors: string[]): Promise<Check> {
  const name = 'DKIM'
  if (!selectors.length) {
    const says = 'needs its selector: the s= of the DKIM-Signature in an email that arrived; add --dkim-selector <s>'
    return { name, ok: false, says }
  }
  try {
    const names = selectors.map((selector) => `${selector}._domainkey.${domain}`)
    const records = await Promise.all(names.map((key) => textsOf(resolver, key)))
    const found = names.filter((_, n) => records[n]?.some(hasKey))
    if (found.length) return { name, ok: true, says: `has a key at ${found.join(', ')}` }
    const says = `has no key at ${names[0]}${names.length > 1 ? ' or the provider’s other selectors' : ''}: publish the records that your provider shows, or add --dkim-selector <s>`
    return { name, ok: false, says }
  } catch (error) {
    return unanswered(name, domain, error)
  }
}

/** An empty `p` revokes a key. */
const hasKey = (record: string) => /(^|;)\s*p=\s*[^\s;]/.test(record)

async function checkDmarc(resolver: Resolver, domain: string, signer: string): Promise<Check> {
  const name = 'DMARC'
  if (!isAligned(domain, signer)) {
    return { name, ok: false, says: `fails: emails from ${domain} are signed by ${signer}, another domain` }
  }
  try {
    for (const parent of withParents(domain)) {
      const [record] = (await textsOf(resolver, `_dmarc.${parent}`)).filter((text) => /^v=DMARC1\s*(;|$)/i.test(text))
      if (record === undefined) continue
      if (!/;\s*p=\s*(none|quarantine|reject)\b/i.test(record))
        return { name, ok: false, says: `has no policy: ${shown(record)}` }
      return { name, ok: true, says: shown(record) }
    }
    return { name, ok: false, says: `is missing: add a TXT record to _dmarc.${domain}: "v=DMARC1; p=none"` }
  } catch (error) {
    return unanswered(name, domain, error)
  }
}

/** The domain, then what stands above it; not the top-level domain. */
const withParents = (domain: string) => {
  const labels = domain.split('.')
  return labels
    .slice(0, -1)
    .map((_, n) => labels.slice(n).join('.'))
    .slice(0, MOST_PARENTS)
}

const isAligned = (domain: string, signer: string) => {
  const [a, b] = [`.${domain.toLowerCase()}`, `.${signer.toLowerCase()}`]
  const parent = (name: string) => name.split('.').slice(-2).join('.')
  return a.endsWith(b) || b.endsWith(a) || parent(a) === parent(b)
}

/** Records are whatever somebody published. */
const shown = (record: string) => beginningOf(record.replace(/[^\x20-\x7e]/g, '?'), MOST_SHOWN)
