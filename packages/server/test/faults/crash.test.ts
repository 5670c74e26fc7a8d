import { test } from 'vitest'
import { fourAtOnce, killedAtRandom, sampleNews } from '../support/crash.ts'

sampleNews()

test(
  'a notifier that is killed at fifty random instants tells everybody everything, and nothing twice',
  {
    timeout: 900_000,
  },
  () => killedAtRandom(50),
)

test('four notifiers at once, three times over, hand over every email once', () => fourAtOnce(3))
