import { loadConfig } from '../src/config/config.ts'
import { createTokens } from '../src/members/tokens.ts'

// `npm run dev:authtoken -- <member id>`: a token to try the API with.
const id = Number(process.argv[2])
if (Number.isInteger(id) && id >= 0) {
  console.log(createTokens(loadConfig().secretKey).auth(id))
} else {
  console.error('Say which member: npm run dev:authtoken -- <member id>')
  process.exitCode = 1
}
