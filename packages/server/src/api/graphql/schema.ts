import { builder } from './builder.ts'
import './entity-subscription.ts'
import './general-subscription.ts'
import './inbox.ts'
import './inbox-changes.ts'
import './live.ts'
import './member.ts'
import './sign-in.ts'

export const schema = builder.toSchema()
