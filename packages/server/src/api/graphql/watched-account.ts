import { inTransaction, single } from '../../db/client.ts'
import { loadSs58 } from '../../lib/ss58.ts'
import {
  MOST_WATCHED,
  unwatchAccount,
  type WatchedAccount as Watched,
  watchAccount,
  watchedAccounts,
} from '../../members/watched-accounts.ts'
import { apiError } from '../errors.ts'
import { verifyAccount } from '../signature.ts'
import { builder, requireMember } from './builder.ts'

const MAX_LABEL_LENGTH = 100
/** They could end a line, or turn its direction. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u

const WatchedAccount = builder.objectRef<Watched>('WatchedAccount').implement({
  description: "An account that a member added to those of the membership: its votes are the member's.",
  fields: (t) => ({
    address: t.exposeString('address', { nullable: false, description: 'As the member gave it.' }),
    label: t.exposeString('label', { nullable: false, description: 'What the member calls it.' }),
    createdAt: t.string({
      nullable: false,
      description: 'ISO 8601.',
      resolve: ({ createdAt }) => createdAt.toISOString(),
    }),
  }),
})

builder.queryField('watchedAccounts', (t) =>
  t.field({
    type: t.listRef(WatchedAccount),
    description: 'The accounts that the member watches, in the order in which they were added.',
    async resolve(_root, _args, context) {
      const { id } = await requireMember(context)
      return watchedAccounts(single(context.pool), id)
    },
  }),
)

builder.mutationField('watchAccount', (t) =>
  t.field({
    type: WatchedAccount,
    description: `Adds an account to those whose votes are the member's, or changes its label. A member can watch ${MOST_WATCHED}.`,
    args: {
      address: t.arg.string({ required: true, description: 'In SS58, with any prefix.' }),
      label: t.arg.string({ required: true, description: `1 to ${MAX_LABEL_LENGTH} characters. Emails name it.` }),
      signature: t.arg.string({
        required: true,
        description: 'By the account itself, of `watch:<member id>:<address>:<timestamp>`.',
      }),
      timestamp: t.arg({ type: 'BigInt', required: true, description: 'In milliseconds since 1970.' }),
    },
    async resolve(_root, { address, label, signature, timestamp }, context) {
      const { id } = await requireMember(context)
      const named = { label: parseLabel(label), address, account: await parseAddress(address) }
      await verifyAccount(context, id, { address, signature, timestamp })
      const watched = await inTransaction(context.pool, (transaction) => watchAccount(transaction, id, named))
      if (!watched) {
        throw apiError('BAD_USER_INPUT', `You watch ${MOST_WATCHED} accounts already: remove one of them first.`)
      }
      return watched
    },
  }),
)

builder.mutationField('unwatchAccount', (t) =>
  t.boolean({
    description: 'Removes an account from those that the member watches. Returns whether it was one of them.',
    args: { address: t.arg.string({ required: true, description: 'In SS58, with any prefix.' }) },
    async resolve(_root, { address }, context) {
      const { id } = await requireMember(context)
      return unwatchAccount(single(context.pool), id, await parseAddress(address))
    },
  }),
)

/** @returns the public key. @throws BAD_USER_INPUT */
async function parseAddress(address: string): Promise<string> {
  const { publicKeyOf } = await loadSs58()
  const publicKey = publicKeyOf(address)
  if (publicKey === undefined) {
    throw apiError(
      'BAD_USER_INPUT',
      'This is not the address of an account, or a character of it is wrong: copy it from your wallet again.',
    )
  }
  return publicKey
}

function parseLabel(label: string): string {
  const trimmed = label.trim()
  if (!trimmed || trimmed.length > MAX_LABEL_LENGTH || CONTROLS.test(trimmed) || !trimmed.isWellFormed()) {
    throw apiError(
      'BAD_USER_INPUT',
      `A label must have 1 to ${MAX_LABEL_LENGTH} characters, without line breaks and other control characters.`,
    )
  }
  return trimmed
}
