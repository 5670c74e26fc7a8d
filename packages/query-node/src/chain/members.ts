import { DEV_SEED, Keyring } from '@polkadot/keyring'
import type { KeyringPair } from '@polkadot/keyring/types'
import type { Ledger } from './ledger.ts'
import type { ChainEvent } from './types.ts'

/** A member with the key of their account. The key is derived on first use, because that takes milliseconds. */
export type Member = {
  readonly type: 'Membership'
  readonly id: string
  readonly handle: string
  /** SS58 with Joystream's prefix 126. */
  readonly address: string
  /** The sr25519 key that `//<handle>` derives from the Substrate development phrase. */
  readonly pair: KeyringPair
  /** Signs a text as a wallet does. Returns the signature in hexadecimal, with 0x. */
  sign(message: string): string
}

export type MemberOptions = {
  /** Default: the next number, from 0. */
  id?: string
  name?: string
  about?: string
  /** Addresses. Default: the address of the member's key. */
  controllerAccount?: string
  rootAccount?: string
  boundAccounts?: readonly string[]
}

const keyring = new Keyring({ type: 'sr25519', ss58Format: 126 })
let basePair: KeyringPair | undefined

const pairOf = (handle: string): KeyringPair => {
  basePair ??= keyring.createFromUri(DEV_SEED)
  return basePair.derive(`//${handle.replaceAll('/', '_')}`)
}

function memberOf(id: string, handle: string): Member {
  let pair: KeyringPair | undefined
  const derived = (): KeyringPair => {
    pair ??= pairOf(handle)
    return pair
  }
  return {
    type: 'Membership',
    id,
    handle,
    get pair() {
      return derived()
    },
    get address() {
      return keyring.encodeAddress(derived().publicKey)
    },
    sign: (message) => `0x${Buffer.from(derived().sign(message)).toString('hex')}`,
  }
}

export const memberBuilders = (ledger: Ledger) => ({
  /** Raises no event. Throws if the id is taken. */
  memberJoins(handle: string, options: MemberOptions = {}): Member {
    const number = ledger.takeNumber('member', 0, options.id === undefined ? undefined : Number(options.id))
    const member = memberOf(String(number), handle)
    const ownAddress = (): string => member.address
    ledger.skipIndex()
    ledger.add('Membership', member.id, {
      handle,
      handleRaw: `0x${Buffer.from(handle).toString('hex')}`,
      metadataId: member.id,
      controllerAccount: options.controllerAccount ?? ownAddress,
      rootAccount: options.rootAccount ?? ownAddress,
      boundAccounts: options.boundAccounts ?? (() => [member.address]),
      isVerified: false,
      isFoundingMember: false,
      isCouncilMember: false,
    })
    ledger.add('MemberMetadata', member.id, { name: options.name ?? null, about: options.about ?? null })
    return member
  },

  /** An account that is not given stays as it is. */
  memberAccountsUpdated(
    { id }: Member,
    { controllerAccount, rootAccount }: Pick<MemberOptions, 'controllerAccount' | 'rootAccount'>,
  ): ChainEvent {
    ledger.change('Membership', id, {
      ...(controllerAccount === undefined ? {} : { controllerAccount }),
      ...(rootAccount === undefined ? {} : { rootAccount }),
    })
    return ledger.raise('MemberAccountsUpdatedEvent', {
      memberId: id,
      newRootAccount: rootAccount ?? null,
      newControllerAccount: controllerAccount ?? null,
    })
  },
})
