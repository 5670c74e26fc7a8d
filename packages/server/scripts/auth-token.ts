import { failUsage, readArguments } from '../src/main/arguments.ts'
import { usageOf } from '../src/main/usages.ts'
import { createTokens, isMemberId } from '../src/members/tokens.ts'
import { readConfiguration } from './configuration.ts'

const usage = usageOf('dev:authtoken')
const { positionals } = readArguments(usage)
const [text = ''] = positionals
const id = /^\d+$/.test(text) ? Number(text) : Number.NaN
if (!isMemberId(id)) failUsage(usage, `'${text}' is not a member id`)
console.log(createTokens(readConfiguration().secretKey).auth(id))
