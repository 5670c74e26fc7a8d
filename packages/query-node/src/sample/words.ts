import type { Member } from '../chain/members.ts'
import { mention, mentionRole } from './mentions.ts'

export const threadTitles = [
  'Weekly report of the Storage group',
  'Notes of the council call',
  'What should the forum rules say about puns?',
  'Lost and found: one key, half a seed phrase, no questions asked',
  'Translators wanted, dead languages welcome',
  'Ideas for the next community call',
  'Why is my validator on holiday?',
  'A map of who does what',
]

export const threadTexts = [
  'Here is what happened since last time, shortest part first. Questions below, please.',
  'I have written down what I remember. Correct me where I remembered what I wanted to hear.',
  'I have an opinion on this, and would like to hear a better one.',
  'Nothing is on fire. I would like to keep it so, hence this thread.',
]

export const postTexts: ((somebody: Member) => string)[] = [
  () => 'Agreed on all counts, and on two that you did not mention.',
  () => 'Could somebody post the numbers? I trust the words, I would just like to see the numbers.',
  (somebody) => `${mention(somebody)} did the same last year; how did that end?`,
  (somebody) => `I would ask ${mention(somebody)} before we do anything that cannot be undone.`,
  () => 'Strong proposal. Weak title. Would read again.',
  () => `This concerns ${mentionRole('leads', 'all leads')}, I think.`,
  () => 'I tested it on the test network. The test network has asked me to stop.',
  (somebody) => `Thank you, ${mention(somebody)}, that is the clearest explanation so far.`,
  () => 'Let us write it down before we forget that we agreed.',
]

export const proposalTitles = [
  'Pay for one more year of the community calls',
  'A small grant for the bug hunters',
  'Amend the constitution: define "soon"',
  'Fund a stand at the next developer meeting',
  'Retire the old faucet with honours',
]

export const rationales = [
  'Well argued, and within the budget.',
  'The third paragraph convinced me.',
  'I would like to see this tried on a small scale.',
  'Good idea, wrong quarter.',
  '',
]

export const openingTitles = [
  'Moderator, weekends',
  'Curator of very short videos',
  'Technical writer',
  'Node operator',
]
