import type { Parcel } from './mailing.ts'
import type { MailingOutcome, Outcome } from './provider.ts'
import type { Ready } from './ready.ts'

/** What is known of a request that was refused without naming anybody. */
type Refusal = {
  /** Whether anybody in it got the content meanwhile: then it is not to blame. */
  isAccepted: boolean
  /** Members who were refused alone, by the provider's words. */
  alone: Map<string, number>
  /** The domains of those who were tried alone. */
  domains: Set<string>
  /** Why the content is refused, once that is certain. */
  verdict: string | undefined
}

/** Of those in a request who are tried alone, so many refusals show that the content is to blame. */
const ENOUGH_ALONE = 20
/** In larger parts, most members get the content as soon as the culprits are in other parts. */
const MOST_WITH_PROBE = 125
const FEWEST_WITH_PROBE = 4

const refusals = new WeakMap<Ready, Refusal>()

/**
 * Divides a request that was refused without naming anybody. While nobody in it has got the content, one member of each
 * small part goes alone, drawn at random, of a domain that was not tried if there is one. An enemy who wants to keep an
 * email from the others would have to be most of its recipients.
 * @param reason the provider's words
 */
export function divide(parcel: Parcel, reason: string): Parcel[] {
  const refusal = refusalOf(parcel)
  judgeContent(refusal, reason)
  const { length } = parcel
  const isProbed = !refusal.isAccepted && length >= FEWEST_WITH_PROBE && length <= MOST_WITH_PROBE
  const probe = isProbed ? draw(parcel, refusal.domains) : undefined
  const others = parcel.filter((ready) => ready !== probe)
  const half = Math.ceil(others.length / 2)
  return [probe ? [probe] : [], others.slice(0, half), others.slice(half)].filter((part) => part.length)
}

/** Why the provider refuses the content of a parcel for everybody, if that is certain. */
export const contentVerdict = ([first]: Parcel): string | undefined => first && refusals.get(first)?.verdict

/** Notes what became of a parcel that was handed over as a whole. */
export function noteOutcome(parcel: Parcel, outcome: Outcome | MailingOutcome): void {
  const [first] = parcel
  const refusal = first && refusals.get(first)
  if (!refusal) return
  if (outcome.result === 'sent') {
    refusal.isAccepted = true
    refusal.verdict = undefined
  } else if (parcel.length === 1 && outcome.result === 'rejected' && outcome.fault === 'message') {
    const words = wordsOf(outcome.reason)
    refusal.alone.set(words, (refusal.alone.get(words) ?? 0) + 1)
  }
}

/** All parts of one request share it. */
function refusalOf(parcel: Parcel): Refusal {
  const known = parcel[0] && refusals.get(parcel[0])
  if (known) return known
  const refusal: Refusal = { isAccepted: false, alone: new Map(), domains: new Set(), verdict: undefined }
  for (const ready of parcel) refusals.set(ready, refusal)
  return refusal
}

function judgeContent(refusal: Refusal, reason: string): void {
  const alone = refusal.alone.get(wordsOf(reason)) ?? 0
  if (refusal.isAccepted || alone < ENOUGH_ALONE) return
  refusal.verdict = `${reason} (as for ${alone} others in the same request, each alone)`
}

/** Without numbers and ids, which differ from request to request. */
const wordsOf = (reason: string) => reason.toLowerCase().replace(/[\w-]*\d[\w-]*/g, '#')

function draw(parcel: Parcel, domains: Set<string>): Ready | undefined {
  const fresh = parcel.filter((ready) => !domains.has(domainOf(ready)))
  const from = fresh.length ? fresh : parcel
  const drawn = from[Math.floor(Math.random() * from.length)]
  if (drawn) domains.add(domainOf(drawn))
  return drawn
}

const domainOf = ({ asciiTo }: Ready) => asciiTo.slice(asciiTo.lastIndexOf('@') + 1).toLowerCase()
