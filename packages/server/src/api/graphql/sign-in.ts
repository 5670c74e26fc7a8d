import { inTransaction, type Transaction } from '../../db/client.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { askForConfirmation, plainHandle } from '../../members/confirmation.ts'
import { endTokens } from '../../members/token-generation.ts'
import { apiError } from '../errors.ts'
import { verifySignature } from '../signature.ts'
import { builder, requireMember } from './builder.ts'
import { readAddress } from './email-confirmation.ts'

const MAX_NAME_LENGTH = 200

builder.mutationField('signup', (t) =>
  t.string({
    description: 'Registers a membership and returns a token. Emails go to the address once it is confirmed.',
    args: {
      memberId: t.arg.int({ required: true }),
      name: t.arg.string({ required: true }),
      email: t.arg.string(),
      signature: t.arg.string({ required: true }),
      timestamp: t.arg({ type: 'BigInt', required: true }),
    },
    async resolve(_root, { memberId, name, email, signature, timestamp }, context) {
      const address = readAddress(email, context) ?? null
      const displayName = parseName(name)
      const { handle, generation } = await verifySignature(context, { memberId, signature, timestamp })
      const member = { id: memberId, name: displayName, handle: plainHandle(handle), address }
      const confirmation = await inTransaction(context.pool, async (transaction) => {
        if (!(await insertMember(transaction, member))) {
          throw apiError('ALREADY_REGISTERED', `Membership ${memberId} is already registered: sign in instead.`)
        }
        return address === null ? undefined : askForConfirmation(transaction, memberId, address)
      })
      if (confirmation !== undefined) context.sendPromptly?.(confirmation)
      return context.tokens.auth(memberId, generation)
    },
  }),
)

builder.mutationField('signin', (t) =>
  t.string({
    description: 'Returns a token. A membership that is not registered gets one too, but reads nothing until signup.',
    args: {
      memberId: t.arg.int({ required: true }),
      signature: t.arg.string({ required: true }),
      timestamp: t.arg({ type: 'BigInt', required: true }),
    },
    async resolve(_root, signed, context) {
      const { generation } = await verifySignature(context, signed)
      return context.tokens.auth(signed.memberId, generation)
    },
  }),
)

builder.mutationField('signOutEverywhere', (t) =>
  t.boolean({
    description:
      "Ends all of the member's tokens, the one of this request too, their live streams, and the addresses of their calendar and feed.",
    async resolve(_root, _args, context) {
      const { id } = await requireMember(context)
      await inTransaction(context.pool, (transaction) => endTokens(transaction, [id]))
      return true
    },
  }),
)

type NewMember = { id: number; name: string; handle: string | null; address: string | null }

async function insertMember(transaction: Transaction, { id, name, handle, address }: NewMember): Promise<boolean> {
  const { rowCount } = await transaction.query(Prisma.sql`
    INSERT INTO "Member" (id, name, handle, "unverifiedEmail") VALUES (${id}, ${name}, ${handle}, ${address})
    ON CONFLICT DO NOTHING`)
  return rowCount === 1
}

function parseName(name: string): string {
  const trimmed = name.trim()
  if (!trimmed || trimmed.length > MAX_NAME_LENGTH || trimmed.includes('\0') || !trimmed.isWellFormed()) {
    throw apiError('BAD_USER_INPUT', `A name must have 1 to ${MAX_NAME_LENGTH} characters.`)
  }
  return trimmed
}
