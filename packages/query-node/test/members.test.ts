import { signatureVerify } from '@polkadot/util-crypto'
import { expect, test } from 'vitest'
import { createChain } from '../src/index.ts'
import { ask, serve } from './support.ts'

test('each member has an sr25519 key, whose address starts with j4', async () => {
  const chain = createChain()
  const alice = chain.memberJoins('alice', { name: 'Alice', about: 'Hello' })
  chain.commitBlock()
  expect(alice.address).toMatch(/^j4/)
  expect(signatureVerify('a challenge', alice.sign('a challenge'), alice.address)).toMatchObject({
    isValid: true,
    crypto: 'sr25519',
  })
  expect(signatureVerify('a challenge', alice.sign('another'), alice.address).isValid).toBe(false)
  const query =
    '{ memberships { id handle handleRaw controllerAccount rootAccount boundAccounts metadata { name about } } }'
  expect(await ask(await serve(chain), query)).toEqual({
    memberships: [
      {
        id: '0',
        handle: 'alice',
        handleRaw: '0x616c696365',
        controllerAccount: alice.address,
        rootAccount: alice.address,
        boundAccounts: [alice.address],
        metadata: { name: 'Alice', about: 'Hello' },
      },
    ],
  })
})

test('a member has the key of the well-known development account with their handle', () => {
  const publicKey = Buffer.from(createChain().memberJoins('Alice').pair.publicKey).toString('hex')
  expect(publicKey).toBe('d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d')
})

test('a member can have accounts other than their own key', async () => {
  const chain = createChain()
  const [alice, bob] = [chain.memberJoins('alice'), chain.memberJoins('bob')]
  chain.memberJoins('carla', {
    controllerAccount: alice.address,
    rootAccount: bob.address,
    boundAccounts: [alice.address, bob.address],
  })
  chain.commitBlock()
  const query = '{ memberships(where: { id_eq: "2" }) { controllerAccount rootAccount boundAccounts } }'
  expect(await ask(await serve(chain), query)).toEqual({
    memberships: [
      { controllerAccount: alice.address, rootAccount: bob.address, boundAccounts: [alice.address, bob.address] },
    ],
  })
})

test('a member can change one account and keep the other', async () => {
  const chain = createChain()
  const [alice, bob] = [chain.memberJoins('alice'), chain.memberJoins('bob')]
  chain.block(() => chain.memberAccountsUpdated(alice, { controllerAccount: bob.address }))
  chain.block(() => chain.memberAccountsUpdated(alice, { rootAccount: bob.address }))
  const query = `{
    memberships(where: { id_eq: "0" }) { controllerAccount rootAccount }
    memberAccountsUpdatedEvents(orderBy: [inBlock_ASC]) { memberId newControllerAccount newRootAccount }
  }`
  expect(await ask(await serve(chain), query)).toEqual({
    memberships: [{ controllerAccount: bob.address, rootAccount: bob.address }],
    memberAccountsUpdatedEvents: [
      { memberId: '0', newControllerAccount: bob.address, newRootAccount: null },
      { memberId: '0', newControllerAccount: null, newRootAccount: bob.address },
    ],
  })
})

test('members are found by each of their accounts', async () => {
  const chain = createChain()
  const [alice, bob, carla] = ['alice', 'bob', 'carla'].map((handle) => chain.memberJoins(handle))
  if (!alice || !bob || !carla) throw new Error('Nobody joined')
  const accounts = { controllerAccount: bob.address, rootAccount: carla.address, boundAccounts: [alice.address] }
  chain.memberJoins('dora', accounts)
  chain.commitBlock()
  const query = `query ($accounts: [String!]) {
    byController: memberships(where: { controllerAccount_in: $accounts }) { handle }
    byRoot: memberships(where: { rootAccount_in: $accounts }) { handle }
    byBound: memberships(where: { boundAccounts_containsAny: $accounts }) { handle }
  }`
  const named = (...handles: string[]) => handles.map((handle) => ({ handle }))
  const node = await serve(chain)
  expect(await ask(node, query, { accounts: [bob.address] })).toEqual({
    byController: named('bob', 'dora'),
    byRoot: named('bob'),
    byBound: named('bob'),
  })
  expect(await ask(node, query, { accounts: [alice.address, carla.address] })).toEqual({
    byController: named('alice', 'carla'),
    byRoot: named('alice', 'carla', 'dora'),
    byBound: named('alice', 'carla', 'dora'),
  })
})
