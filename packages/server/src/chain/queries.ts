import { graphql } from '../generated/query-node/gql.ts'

// What look-ups ask for: entities by their ids, and rows that belong to entities.

export const membersQuery = graphql(`
  query Members($ids: [ID!]!, $limit: Int!) {
    rows: memberships(where: { id_in: $ids }, limit: $limit) { id handle }
  }
`)
export const postsQuery = graphql(`
  query Posts($ids: [ID!]!, $limit: Int!) {
    rows: forumPosts(where: { id_in: $ids }, limit: $limit) { id authorId threadId repliesToId isVisible }
  }
`)
export const deletedPostsQuery = graphql(`
  query DeletedPosts($ids: [ID!]!, $limit: Int!) {
    rows: forumPosts(where: { deletedInEvent: { id_in: $ids } }, limit: $limit) {
      id
      authorId
      threadId
      repliesToId
      isVisible
      deletedInEventId
    }
  }
`)
export const threadsQuery = graphql(`
  query Threads($ids: [ID!]!, $limit: Int!) {
    rows: forumThreads(where: { id_in: $ids }, limit: $limit) { id title authorId categoryId initialPostId isVisible }
  }
`)
export const originalsQuery = graphql(`
  query Originals($ids: [ID!]!, $limit: Int!) {
    rows: postAddedEvents(where: { post: { id_in: $ids } }, limit: $limit) {
      postId
      text
    }
  }
`)
export const threadTextsQuery = graphql(`
  query ThreadTexts($ids: [ID!]!, $limit: Int!) {
    rows: threadCreatedEvents(where: { thread: { id_in: $ids } }, limit: $limit) {
      threadId
      text
    }
  }
`)
export const proposalsQuery = graphql(`
  query Proposals($ids: [ID!]!, $limit: Int!) {
    rows: proposals(where: { id_in: $ids }, limit: $limit) { id title creatorId }
  }
`)
export const descriptionsQuery = graphql(`
  query Descriptions($ids: [ID!]!, $limit: Int!) {
    rows: proposals(where: { id_in: $ids }, limit: $limit) { id description }
  }
`)
export const votesQuery = graphql(`
  query Votes($ids: [ID!]!, $limit: Int!) {
    rows: proposals(where: { id_in: $ids }, limit: $limit) { id councilApprovals votes { voterId votingRound } }
  }
`)
export const discussionOriginalsQuery = graphql(`
  query DiscussionOriginals($ids: [ID!]!, $limit: Int!) {
    rows: proposalDiscussionPostCreatedEvents(where: { post: { id_in: $ids } }, limit: $limit) {
      postId
      text
    }
  }
`)
export const discussionsQuery = graphql(`
  query Discussions($ids: [ID!]!, $limit: Int!) {
    rows: proposalDiscussionThreads(where: { id_in: $ids }, limit: $limit) { id proposalId }
  }
`)
export const discussionPostsQuery = graphql(`
  query DiscussionPosts($ids: [ID!]!, $limit: Int!) {
    rows: proposalDiscussionPosts(where: { id_in: $ids }, limit: $limit) {
      id
      authorId
      discussionThreadId
      repliesToId
      isVisible
    }
  }
`)
export const openingsQuery = graphql(`
  query Openings($ids: [ID!]!, $limit: Int!) {
    rows: workingGroupOpenings(where: { id_in: $ids }, limit: $limit) {
      id
      groupId
      type
      rewardPerBlock
      stakeAmount
      metadata { title shortDescription expectedEnding }
    }
  }
`)
export const applicantsQuery = graphql(`
  query Applicants($ids: [ID!]!, $limit: Int!) {
    rows: workingGroupApplications(where: { opening: { id_in: $ids } }, limit: $limit) {
      openingId
      applicantId
      status { __typename }
    }
  }
`)
export const applicationsQuery = graphql(`
  query Applications($ids: [ID!]!, $limit: Int!) {
    rows: workingGroupApplications(where: { id_in: $ids }, limit: $limit) { id applicantId openingId }
  }
`)
export const workersQuery = graphql(`
  query Workers($ids: [ID!]!, $limit: Int!) {
    rows: workers(where: { id_in: $ids }, limit: $limit) { id groupId membershipId isLead }
  }
`)
export const councilMembersQuery = graphql(`
  query CouncilMembers($ids: [ID!]!, $limit: Int!) {
    rows: councilMembers(
      where: { electedInCouncil: { id_in: $ids } }, limit: $limit
    ) { memberId electedInCouncilId }
  }
`)
