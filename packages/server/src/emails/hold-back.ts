import type { Pool } from '../db/client.ts'
import type { ClaimedEmail } from '../outbox/claim.ts'
import type { PreparedEmail } from '../outbox/email-types.ts'
import { heldBack } from '../outbox/suppression.ts'
import { verification } from './types/verification.ts'

/** Takes back what was decided about emails to suppressed addresses. Asked when they are due. */
export async function holdBack(
  pool: Pool,
  claimed: readonly ClaimedEmail[],
  prepared: Map<number, PreparedEmail>,
): Promise<Map<number, PreparedEmail>> {
  const outgoing = claimed.flatMap(({ id, type }) => {
    const email = prepared.get(id)
    return email && 'to' in email ? { id, to: email.to, isConfirmation: type === verification.name } : []
  })
  for (const [id, notBefore] of await heldBack(pool, outgoing)) {
    prepared.set(id, notBefore ? { notBefore } : { whyNot: 'SUPPRESSED' })
  }
  return prepared
}
