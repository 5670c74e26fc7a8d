import { createTokens } from '../../../src/members/tokens.ts'
import { SECRET_KEY } from '../../support/secret.ts'

const tokens = createTokens(SECRET_KEY)

export const tokenOf = (memberId: number) => tokens.auth(memberId)

type Answer = {
  status: number
  data: Record<string, unknown> | null
  errors?: { message: string; extensions?: { code?: string } }[]
}

/** Sends a request as deployed clients do. @throws when there is no answer */
export async function request(url: string, query: string, variables: object = {}, memberId = 1): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenOf(memberId)}` },
    body: JSON.stringify({ query, variables }),
  })
  return { status: response.status, ...(await response.json()) }
}

export const ME = '{ me { id name } }'
export const READ = 'mutation ($id: Int!) { markNotificationsRead(ids: [$id]) }'

/** The status of /readyz. */
export const readiness = async (url: string) => (await fetch(`${url}/readyz`)).status
