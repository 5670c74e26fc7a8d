import { Keyring } from '@polkadot/keyring'
import type { Member } from 'query-node'
import type { Story } from './story.ts'

export const KEY_TYPES = ['sr25519', 'ed25519', 'ecdsa'] as const
/** Of Joystream, any Substrate chain, Polkadot and Kusama. */
export const PREFIXES = [126, 42, 0, 2] as const

export type Wallet = ReturnType<typeof createWallet>

const keyring = new Keyring()

/** An account that no membership names. */
export const createWallet = (name: string, type: (typeof KEY_TYPES)[number] = 'sr25519') =>
  walletOf({ pair: new Keyring({ type }).addFromUri(`//${name}`) })

/** The account of a member's key. */
export function walletOf({ pair }: Pick<Member, 'pair'>) {
  return {
    /** Its address on the chain of a prefix. */
    address: (prefix: number = 42) => keyring.encodeAddress(pair.addressRaw, prefix),
    /** Its public key, as it is stored. */
    key: `0x${Buffer.from(pair.addressRaw).toString('hex')}`,
    sign: (text: string) => `0x${Buffer.from(pair.sign(text)).toString('hex')}`,
  }
}

/** What proves that an account may be watched by a member. */
export function proofOf(
  wallet: Wallet,
  { id }: Pick<Member, 'id'>,
  { prefix = 42, label = 'cold wallet', timestamp = Date.now() } = {},
) {
  const address = wallet.address(prefix)
  return { address, label, timestamp, signature: wallet.sign(`watch:${id}:${address}:${timestamp}`) }
}

/** A member watches an account, which the API would have asked a signature for. */
export const watches = ({ db }: Pick<Story, 'db'>, { id }: Member, wallet: Wallet, label = 'cold wallet') =>
  db.watchedAccount.create({
    data: { memberId: Number(id), account: wallet.key, address: wallet.address(), label },
  })
