import { test } from 'vitest'
import { fourAtOnce, killedAtRandom, sampleNews } from '../support/crash.ts'

sampleNews()

test('a notifier that is killed at random instants tells everybody everything, and nothing twice', () =>
  killedAtRandom(5))

test('four notifiers at once tell everybody everything once, and hand over every email once', () => fourAtOnce(1))
