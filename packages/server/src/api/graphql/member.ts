import { inTransaction, type Transaction } from '../../db/client.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { askForConfirmation, confirmAddress } from '../../members/confirmation.ts'
import { apiError } from '../errors.ts'
import { builder, requireMember } from './builder.ts'
import { requireAddress } from './email-confirmation.ts'

export const Member = builder.prismaObject('Member', {
  fields: (t) => ({
    id: t.exposeInt('id', { nullable: false }),
    name: t.exposeString('name', { nullable: false }),
    email: t.exposeString('email', { description: 'The confirmed address, which receives emails.' }),
    unverifiedEmail: t.exposeString('unverifiedEmail', { description: 'The address that is not confirmed yet.' }),
    receiveEmails: t.exposeBoolean('receiveEmails', { nullable: false }),
  }),
})

builder.queryField('me', (t) =>
  t.prismaField({ type: Member, resolve: (_query, _root, _args, context) => requireMember(context) }),
)

builder.queryField('memberExist', (t) =>
  t.boolean({
    description: 'Whether a membership is registered. Needs no token.',
    args: { id: t.arg.int() },
    resolve: async (_root, { id }, { db }) =>
      id != null && (await db.member.findUnique({ where: { id }, select: { id: true } })) !== null,
  }),
)

builder.mutationField('updateMember', (t) =>
  t.prismaField({
    type: Member,
    description:
      'Changes settings. A new address replaces the old one once it is confirmed. Beyond a limit its confirmation is sent later.',
    args: { email: t.arg.string(), receiveEmails: t.arg.boolean() },
    async resolve(_query, _root, { email, receiveEmails }, context) {
      const { id, email: confirmed } = await requireMember(context)
      const address = email == null ? undefined : requireAddress(email)
      await inTransaction(context.pool, async (transaction) => {
        if (receiveEmails != null) await setReceiveEmails(transaction, id, receiveEmails)
        if (address === undefined) return
        // A settings page sends every field: the address in use needs no confirmation.
        const unverified = address === confirmed ? null : address
        await setUnverifiedEmail(transaction, id, unverified)
        if (unverified !== null) await askForConfirmation(transaction, id, unverified)
      })
      return requireMember(context)
    },
  }),
)

builder.mutationField('verifyEmail', (t) =>
  t.prismaField({
    type: Member,
    description: 'Confirms the address that received the token, and tells the address before it.',
    args: { token: t.arg.string({ required: true }) },
    async resolve(_query, _root, { token }, { db, pool, tokens }) {
      const confirmed = tokens.confirmed(token)
      if (!confirmed) {
        throw apiError(
          'INVALID_TOKEN',
          'This link is invalid or more than seven days old: request a new one in your settings.',
        )
      }
      const { memberId: id, email } = confirmed
      if (!(await inTransaction(pool, (transaction) => confirmAddress(transaction, id, email)))) {
        throw apiError(
          'INVALID_TOKEN',
          'This link was used before, or its address was replaced: check the address in your settings.',
        )
      }
      return db.member.findUnique({ where: { id } })
    },
  }),
)

const setReceiveEmails = (transaction: Transaction, memberId: number, receiveEmails: boolean) =>
  transaction.query(Prisma.sql`
    UPDATE "Member" SET "receiveEmails" = ${receiveEmails}, "updatedAt" = now() WHERE id = ${memberId}`)

const setUnverifiedEmail = (transaction: Transaction, memberId: number, address: string | null) =>
  transaction.query(Prisma.sql`
    UPDATE "Member" SET "unverifiedEmail" = ${address}, "updatedAt" = now() WHERE id = ${memberId}`)
