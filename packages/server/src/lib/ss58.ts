/** The length of a public key, in bytes. */
const KEY_BYTES = 32
/** Decoding takes the square of the length. Addresses have 46 to 50 characters. */
const LONGEST_ADDRESS = 60

export type Ss58 = Awaited<ReturnType<typeof loadSs58>>

/**
 * Addresses of accounts in SS58. An account has an address for each prefix, that is, for each chain.
 * @returns loaded late: the library takes 16 MB, and most processes meet no address
 */
export async function loadSs58() {
  const { fromBufferToBase58, getSs58AddressInfo } = await import('@polkadot-api/substrate-bindings')
  return {
    /** @returns in hexadecimal with 0x, the same for all addresses of an account. Undefined: this is no valid address */
    publicKeyOf(address: string): string | undefined {
      if (address.length > LONGEST_ADDRESS) return undefined
      const info = getSs58AddressInfo(address)
      const isAccount = info.isValid && info.publicKey.length === KEY_BYTES
      return isAccount ? `0x${Buffer.from(info.publicKey).toString('hex')}` : undefined
    },
    /** @param publicKey as `publicKeyOf` gives it */
    addressOf: (publicKey: string, prefix: number): string =>
      fromBufferToBase58(prefix)(Buffer.from(publicKey.slice('0x'.length), 'hex')),
  }
}
