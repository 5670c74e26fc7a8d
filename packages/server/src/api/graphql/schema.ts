import { builder } from './builder.ts'
import './deadlines.ts'
import './entity-subscription.ts'
import './explain.ts'
import './general-subscription.ts'
import './inbox.ts'
import './member.ts'
import './notification-status.ts'
import './notification-stream.ts'
import './preview.ts'
import './sign-in.ts'
import './watched-account.ts'

export const schema = builder.toSchema()
