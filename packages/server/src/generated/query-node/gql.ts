/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Entity($id: ID!) {\n    forumThreads(where: { id_eq: $id }, limit: 1) { id }\n    forumCategories(where: { id_eq: $id }, limit: 1) { id }\n    proposals(where: { id_eq: $id }, limit: 1) { id }\n  }\n": typeof types.EntityDocument,
    "\n  query Membership($id: ID!) {\n    memberships(where: { id_eq: $id }, limit: 1) { handle controllerAccount }\n  }\n": typeof types.MembershipDocument,
    "\n  query MembersOfAccounts($accounts: [String!]!, $offset: Int!, $limit: Int!) {\n    rows: memberships(\n      where: {\n        OR: [\n          { boundAccounts_containsAny: $accounts }\n          { controllerAccount_in: $accounts }\n          { rootAccount_in: $accounts }\n        ]\n      }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n    ) { id handle controllerAccount rootAccount boundAccounts }\n  }\n": typeof types.MembersOfAccountsDocument,
    "\n    query PostAuthors($ids: [ID!]!, $from: DateTime!, $offset: Int!, $limit: Int!) {\n      rows: forumPosts(\n        where: { thread: { id_in: $ids }, createdAt_gte: $from }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n      ) { id authorId listId: threadId createdAt }\n    }\n  ": typeof types.PostAuthorsDocument,
    "\n    query CommentAuthors($ids: [ID!]!, $from: DateTime!, $offset: Int!, $limit: Int!) {\n      rows: proposalDiscussionPosts(\n        where: { discussionThread: { id_in: $ids }, createdAt_gte: $from }\n        orderBy: [createdAt_ASC]\n        offset: $offset\n        limit: $limit\n      ) { id authorId listId: discussionThreadId createdAt }\n    }\n  ": typeof types.CommentAuthorsDocument,
    "\n  query Candidates($limit: Int!) {\n    rows: candidates(where: { electionRound: { isFinished_eq: false } }, orderBy: [createdAt_ASC], limit: $limit) {\n      status\n      member { id handle }\n    }\n  }\n": typeof types.CandidatesDocument,
    "\n  query Elections($ids: [ID!]!, $limit: Int!) {\n    rows: electionRounds(where: { nextElectedCouncil: { id_in: $ids } }, limit: $limit) {\n      nextElectedCouncilId\n      cycleId\n      electedCouncil { councilMembers { memberId } }\n      candidates { memberId status }\n    }\n  }\n": typeof types.ElectionsDocument,
    "\n  query ElectionStages($blocks: [BigInt!]!, $limit: Int!) {\n    announcing: councilStageUpdates(where: { changedAt_in: $blocks }, limit: $limit) {\n      changedAt\n      stage {\n        __typename\n        ... on CouncilStageAnnouncing { endsAt candidatesCount }\n      }\n    }\n    voting: referendumStageVotings(where: { startedAtBlock_in: $blocks }, limit: $limit) {\n      startedAtBlock\n      endsAt\n      winningTargetCount\n      electionRound { id candidates { status member { id handle } } }\n    }\n    revealing: referendumStageRevealings(where: { startedAtBlock_in: $blocks }, limit: $limit) {\n      startedAtBlock\n      endsAt\n      electionRound { id }\n    }\n  }\n": typeof types.ElectionStagesDocument,
    "\n  query Names($threads: [ID!]!, $categories: [ID!]!, $proposals: [ID!]!, $limit: Int!) {\n    threads: forumThreads(where: { id_in: $threads }, limit: $limit) { id title isVisible }\n    categories: forumCategories(where: { id_in: $categories }, limit: $limit) { id title }\n    proposals: proposals(where: { id_in: $proposals }, limit: $limit) { id title }\n  }\n": typeof types.NamesDocument,
    "\n  query ProposalInfo($ids: [ID!]!, $limit: Int!, $most: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) {\n      id\n      creator { id handle }\n      stakingAccount\n      status { __typename }\n      councilApprovals\n      exactExecutionBlock\n      details {\n        __typename\n        ... on SignalProposalDetails { text }\n        ... on FundingRequestProposalDetails { destinationsList { destinations { account amount } } }\n        ... on SetMaxValidatorCountProposalDetails { newMaxValidatorCount }\n        ... on CreateWorkingGroupLeadOpeningProposalDetails {\n          group { id }\n          metadata { title }\n          stakeAmount\n          rewardPerBlock\n        }\n        ... on FillWorkingGroupLeadOpeningProposalDetails {\n          opening { groupId metadata { title } }\n          application { applicant { id handle } }\n        }\n        ... on UpdateWorkingGroupBudgetProposalDetails { group { id } amount }\n        ... on DecreaseWorkingGroupLeadStakeProposalDetails { lead { groupId membership { id handle } } amount }\n        ... on SlashWorkingGroupLeadProposalDetails { lead { groupId membership { id handle } } amount }\n        ... on SetWorkingGroupLeadRewardProposalDetails {\n          lead { groupId membership { id handle } }\n          newRewardPerBlock\n        }\n        ... on TerminateWorkingGroupLeadProposalDetails {\n          lead { groupId membership { id handle } }\n          slashingAmount\n        }\n        ... on AmendConstitutionProposalDetails { text }\n        ... on CancelWorkingGroupLeadOpeningProposalDetails { opening { groupId metadata { title } } }\n        ... on SetMembershipPriceProposalDetails { newPrice }\n        ... on SetCouncilBudgetIncrementProposalDetails { newAmount }\n        ... on SetCouncilorRewardProposalDetails { newRewardPerBlock }\n        ... on SetInitialInvitationBalanceProposalDetails { newInitialInvitationBalance }\n        ... on SetInitialInvitationCountProposalDetails { newInitialInvitationsCount }\n        ... on SetMembershipLeadInvitationQuotaProposalDetails { newLeadInvitationQuota }\n        ... on SetReferralCutProposalDetails { newReferralCut }\n        ... on VetoProposalDetails { proposal { id title } }\n        ... on UpdateChannelPayoutsProposalDetails { channelCashoutsEnabled minCashoutAllowed maxCashoutAllowed }\n        ... on UpdatePalletFrozenStatusProposalDetails { pallet frozen }\n        ... on UpdateGlobalNftLimitProposalDetails { newDailyNftLimit newWeeklyNftLimit }\n        ... on DecreaseCouncilBudgetProposalDetails { amount }\n        ... on SetEraPayoutDampingFactorProposalDetails { dampingFactor }\n      }\n    }\n    votes: proposalVotedEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId voter { id handle } voteKind rationale votingRound inBlock indexInBlock }\n    decisions: proposalDecisionMadeEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId inBlock decisionStatus { __typename } }\n    updates: proposalStatusUpdatedEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId inBlock newStatus { __typename } }\n    rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {\n      referendumStageRevealing { endsAt }\n    }\n  }\n": typeof types.ProposalInfoDocument,
    "\n  query Members($ids: [ID!]!, $limit: Int!) {\n    rows: memberships(where: { id_in: $ids }, limit: $limit) { id handle }\n  }\n": typeof types.MembersDocument,
    "\n  query Posts($ids: [ID!]!, $limit: Int!) {\n    rows: forumPosts(where: { id_in: $ids }, limit: $limit) { id authorId threadId repliesToId isVisible }\n  }\n": typeof types.PostsDocument,
    "\n  query DeletedPosts($ids: [ID!]!, $limit: Int!) {\n    rows: forumPosts(where: { deletedInEvent: { id_in: $ids } }, limit: $limit) {\n      id\n      authorId\n      threadId\n      repliesToId\n      isVisible\n      deletedInEventId\n    }\n  }\n": typeof types.DeletedPostsDocument,
    "\n  query Threads($ids: [ID!]!, $limit: Int!) {\n    rows: forumThreads(where: { id_in: $ids }, limit: $limit) { id title authorId categoryId initialPostId isVisible }\n  }\n": typeof types.ThreadsDocument,
    "\n  query Originals($ids: [ID!]!, $limit: Int!) {\n    rows: postAddedEvents(where: { post: { id_in: $ids } }, limit: $limit) {\n      postId\n      text\n    }\n  }\n": typeof types.OriginalsDocument,
    "\n  query ThreadTexts($ids: [ID!]!, $limit: Int!) {\n    rows: threadCreatedEvents(where: { thread: { id_in: $ids } }, limit: $limit) {\n      threadId\n      text\n    }\n  }\n": typeof types.ThreadTextsDocument,
    "\n  query Proposals($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id title creatorId }\n  }\n": typeof types.ProposalsDocument,
    "\n  query Descriptions($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id description }\n  }\n": typeof types.DescriptionsDocument,
    "\n  query Votes($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id councilApprovals votes { voterId votingRound } }\n  }\n": typeof types.VotesDocument,
    "\n  query DiscussionOriginals($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionPostCreatedEvents(where: { post: { id_in: $ids } }, limit: $limit) {\n      postId\n      text\n    }\n  }\n": typeof types.DiscussionOriginalsDocument,
    "\n  query Discussions($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionThreads(where: { id_in: $ids }, limit: $limit) { id proposalId }\n  }\n": typeof types.DiscussionsDocument,
    "\n  query DiscussionPosts($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionPosts(where: { id_in: $ids }, limit: $limit) {\n      id\n      authorId\n      discussionThreadId\n      repliesToId\n      isVisible\n    }\n  }\n": typeof types.DiscussionPostsDocument,
    "\n  query Openings($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupOpenings(where: { id_in: $ids }, limit: $limit) {\n      id\n      groupId\n      type\n      rewardPerBlock\n      stakeAmount\n      metadata { title shortDescription expectedEnding }\n    }\n  }\n": typeof types.OpeningsDocument,
    "\n  query Applicants($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupApplications(where: { opening: { id_in: $ids } }, limit: $limit) {\n      openingId\n      applicantId\n      status { __typename }\n    }\n  }\n": typeof types.ApplicantsDocument,
    "\n  query Applications($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupApplications(where: { id_in: $ids }, limit: $limit) { id applicantId openingId }\n  }\n": typeof types.ApplicationsDocument,
    "\n  query Workers($ids: [ID!]!, $limit: Int!) {\n    rows: workers(where: { id_in: $ids }, limit: $limit) { id groupId membershipId isLead }\n  }\n": typeof types.WorkersDocument,
    "\n  query CouncilMembers($ids: [ID!]!, $limit: Int!) {\n    rows: councilMembers(\n      where: { electedInCouncil: { id_in: $ids } }, limit: $limit\n    ) { memberId electedInCouncilId }\n  }\n": typeof types.CouncilMembersDocument,
    "\n  query Categories($offset: Int!, $limit: Int!) {\n    rows: forumCategories(orderBy: [createdAt_ASC], offset: $offset, limit: $limit) { id parentId }\n  }\n": typeof types.CategoriesDocument,
    "\n  query Roles($offset: Int!, $limit: Int!) {\n    councils: electedCouncils(where: { isResigned_eq: false }, orderBy: [electedAtBlock_DESC], limit: 1) {\n      councilMembers { memberId }\n    }\n    rows: workers(where: { isActive_eq: true }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit) {\n      groupId\n      isLead\n      membershipId\n    }\n  }\n": typeof types.RolesDocument,
    "\n  query CurrentVotes($offset: Int!, $limit: Int!) {\n    rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {\n      referendumStageRevealing { startedAtBlock }\n    }\n    rows: castVotes(\n      where: { electionRound: { isFinished_eq: false } }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n    ) { castBy voteForId }\n  }\n": typeof types.CurrentVotesDocument,
    "fragment NewCouncilElected on NewCouncilElectedEvent { electedCouncilId }": typeof types.NewCouncilElectedFragmentDoc,
    "fragment PostAdded on PostAddedEvent { postId text }": typeof types.PostAddedFragmentDoc,
    "fragment PostModerated on PostModeratedEvent { postId }": typeof types.PostModeratedFragmentDoc,
    "fragment PostTextUpdated on PostTextUpdatedEvent { postId newText }": typeof types.PostTextUpdatedFragmentDoc,
    "fragment ThreadCreated on ThreadCreatedEvent { threadId title text }": typeof types.ThreadCreatedFragmentDoc,
    "fragment ThreadDeleted on ThreadDeletedEvent { threadId }": typeof types.ThreadDeletedFragmentDoc,
    "fragment ThreadModerated on ThreadModeratedEvent { threadId }": typeof types.ThreadModeratedFragmentDoc,
    "fragment MemberAccountsUpdated on MemberAccountsUpdatedEvent { memberId newControllerAccount }": typeof types.MemberAccountsUpdatedFragmentDoc,
    "fragment ProposalCreated on ProposalCreatedEvent { proposalId }": typeof types.ProposalCreatedFragmentDoc,
    "fragment ProposalDecisionMade on ProposalDecisionMadeEvent { proposalId decisionStatus { __typename } }": typeof types.ProposalDecisionMadeFragmentDoc,
    "fragment ProposalDiscussionPostCreated on ProposalDiscussionPostCreatedEvent { postId text }": typeof types.ProposalDiscussionPostCreatedFragmentDoc,
    "fragment ProposalDiscussionPostDeleted on ProposalDiscussionPostDeletedEvent { postId }": typeof types.ProposalDiscussionPostDeletedFragmentDoc,
    "fragment ProposalDiscussionPostUpdated on ProposalDiscussionPostUpdatedEvent { postId text }": typeof types.ProposalDiscussionPostUpdatedFragmentDoc,
    "fragment ProposalExecuted on ProposalExecutedEvent {\n      proposalId\n      executionStatus { __typename ... on ProposalStatusExecutionFailed { errorMessage } }\n    }": typeof types.ProposalExecutedFragmentDoc,
    "fragment ProposalStatusUpdated on ProposalStatusUpdatedEvent { proposalId newStatus { __typename } }": typeof types.ProposalStatusUpdatedFragmentDoc,
    "fragment ProposalVoted on ProposalVotedEvent { proposalId voterId voteKind voteRationale: rationale }": typeof types.ProposalVotedFragmentDoc,
    "fragment AppliedOnOpening on AppliedOnOpeningEvent { groupId openingId applicationId }": typeof types.AppliedOnOpeningFragmentDoc,
    "fragment BudgetSet on BudgetSetEvent { groupId newBudget }": typeof types.BudgetSetFragmentDoc,
    "fragment BudgetSpending on BudgetSpendingEvent { groupId amount reciever spendingRationale: rationale }": typeof types.BudgetSpendingFragmentDoc,
    "fragment BudgetUpdated on BudgetUpdatedEvent { groupId budgetChangeAmount }": typeof types.BudgetUpdatedFragmentDoc,
    "fragment LeaderSet on LeaderSetEvent { groupId leadId: workerId }": typeof types.LeaderSetFragmentDoc,
    "fragment LeaderUnset on LeaderUnsetEvent { groupId leaderId }": typeof types.LeaderUnsetFragmentDoc,
    "fragment NewMissedRewardLevelReached on NewMissedRewardLevelReachedEvent { groupId workerId newMissedRewardAmount }": typeof types.NewMissedRewardLevelReachedFragmentDoc,
    "fragment OpeningAdded on OpeningAddedEvent { groupId openingId }": typeof types.OpeningAddedFragmentDoc,
    "fragment OpeningFilled on OpeningFilledEvent { groupId openingId workersHired { membershipId } }": typeof types.OpeningFilledFragmentDoc,
    "fragment StakeSlashed on StakeSlashedEvent { groupId workerId slashedAmount rationale }": typeof types.StakeSlashedFragmentDoc,
    "fragment TerminatedLeader on TerminatedLeaderEvent { groupId workerId penalty rationale }": typeof types.TerminatedLeaderFragmentDoc,
    "fragment TerminatedWorker on TerminatedWorkerEvent { groupId workerId penalty rationale }": typeof types.TerminatedWorkerFragmentDoc,
    "fragment WorkerExited on WorkerExitedEvent { groupId workerId }": typeof types.WorkerExitedFragmentDoc,
    "fragment WorkerRewardAmountUpdated on WorkerRewardAmountUpdatedEvent { groupId workerId newRewardPerBlock }": typeof types.WorkerRewardAmountUpdatedFragmentDoc,
    "fragment WorkerStartedLeaving on WorkerStartedLeavingEvent { groupId workerId rationale }": typeof types.WorkerStartedLeavingFragmentDoc,
};
const documents: Documents = {
    "\n  query Entity($id: ID!) {\n    forumThreads(where: { id_eq: $id }, limit: 1) { id }\n    forumCategories(where: { id_eq: $id }, limit: 1) { id }\n    proposals(where: { id_eq: $id }, limit: 1) { id }\n  }\n": types.EntityDocument,
    "\n  query Membership($id: ID!) {\n    memberships(where: { id_eq: $id }, limit: 1) { handle controllerAccount }\n  }\n": types.MembershipDocument,
    "\n  query MembersOfAccounts($accounts: [String!]!, $offset: Int!, $limit: Int!) {\n    rows: memberships(\n      where: {\n        OR: [\n          { boundAccounts_containsAny: $accounts }\n          { controllerAccount_in: $accounts }\n          { rootAccount_in: $accounts }\n        ]\n      }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n    ) { id handle controllerAccount rootAccount boundAccounts }\n  }\n": types.MembersOfAccountsDocument,
    "\n    query PostAuthors($ids: [ID!]!, $from: DateTime!, $offset: Int!, $limit: Int!) {\n      rows: forumPosts(\n        where: { thread: { id_in: $ids }, createdAt_gte: $from }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n      ) { id authorId listId: threadId createdAt }\n    }\n  ": types.PostAuthorsDocument,
    "\n    query CommentAuthors($ids: [ID!]!, $from: DateTime!, $offset: Int!, $limit: Int!) {\n      rows: proposalDiscussionPosts(\n        where: { discussionThread: { id_in: $ids }, createdAt_gte: $from }\n        orderBy: [createdAt_ASC]\n        offset: $offset\n        limit: $limit\n      ) { id authorId listId: discussionThreadId createdAt }\n    }\n  ": types.CommentAuthorsDocument,
    "\n  query Candidates($limit: Int!) {\n    rows: candidates(where: { electionRound: { isFinished_eq: false } }, orderBy: [createdAt_ASC], limit: $limit) {\n      status\n      member { id handle }\n    }\n  }\n": types.CandidatesDocument,
    "\n  query Elections($ids: [ID!]!, $limit: Int!) {\n    rows: electionRounds(where: { nextElectedCouncil: { id_in: $ids } }, limit: $limit) {\n      nextElectedCouncilId\n      cycleId\n      electedCouncil { councilMembers { memberId } }\n      candidates { memberId status }\n    }\n  }\n": types.ElectionsDocument,
    "\n  query ElectionStages($blocks: [BigInt!]!, $limit: Int!) {\n    announcing: councilStageUpdates(where: { changedAt_in: $blocks }, limit: $limit) {\n      changedAt\n      stage {\n        __typename\n        ... on CouncilStageAnnouncing { endsAt candidatesCount }\n      }\n    }\n    voting: referendumStageVotings(where: { startedAtBlock_in: $blocks }, limit: $limit) {\n      startedAtBlock\n      endsAt\n      winningTargetCount\n      electionRound { id candidates { status member { id handle } } }\n    }\n    revealing: referendumStageRevealings(where: { startedAtBlock_in: $blocks }, limit: $limit) {\n      startedAtBlock\n      endsAt\n      electionRound { id }\n    }\n  }\n": types.ElectionStagesDocument,
    "\n  query Names($threads: [ID!]!, $categories: [ID!]!, $proposals: [ID!]!, $limit: Int!) {\n    threads: forumThreads(where: { id_in: $threads }, limit: $limit) { id title isVisible }\n    categories: forumCategories(where: { id_in: $categories }, limit: $limit) { id title }\n    proposals: proposals(where: { id_in: $proposals }, limit: $limit) { id title }\n  }\n": types.NamesDocument,
    "\n  query ProposalInfo($ids: [ID!]!, $limit: Int!, $most: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) {\n      id\n      creator { id handle }\n      stakingAccount\n      status { __typename }\n      councilApprovals\n      exactExecutionBlock\n      details {\n        __typename\n        ... on SignalProposalDetails { text }\n        ... on FundingRequestProposalDetails { destinationsList { destinations { account amount } } }\n        ... on SetMaxValidatorCountProposalDetails { newMaxValidatorCount }\n        ... on CreateWorkingGroupLeadOpeningProposalDetails {\n          group { id }\n          metadata { title }\n          stakeAmount\n          rewardPerBlock\n        }\n        ... on FillWorkingGroupLeadOpeningProposalDetails {\n          opening { groupId metadata { title } }\n          application { applicant { id handle } }\n        }\n        ... on UpdateWorkingGroupBudgetProposalDetails { group { id } amount }\n        ... on DecreaseWorkingGroupLeadStakeProposalDetails { lead { groupId membership { id handle } } amount }\n        ... on SlashWorkingGroupLeadProposalDetails { lead { groupId membership { id handle } } amount }\n        ... on SetWorkingGroupLeadRewardProposalDetails {\n          lead { groupId membership { id handle } }\n          newRewardPerBlock\n        }\n        ... on TerminateWorkingGroupLeadProposalDetails {\n          lead { groupId membership { id handle } }\n          slashingAmount\n        }\n        ... on AmendConstitutionProposalDetails { text }\n        ... on CancelWorkingGroupLeadOpeningProposalDetails { opening { groupId metadata { title } } }\n        ... on SetMembershipPriceProposalDetails { newPrice }\n        ... on SetCouncilBudgetIncrementProposalDetails { newAmount }\n        ... on SetCouncilorRewardProposalDetails { newRewardPerBlock }\n        ... on SetInitialInvitationBalanceProposalDetails { newInitialInvitationBalance }\n        ... on SetInitialInvitationCountProposalDetails { newInitialInvitationsCount }\n        ... on SetMembershipLeadInvitationQuotaProposalDetails { newLeadInvitationQuota }\n        ... on SetReferralCutProposalDetails { newReferralCut }\n        ... on VetoProposalDetails { proposal { id title } }\n        ... on UpdateChannelPayoutsProposalDetails { channelCashoutsEnabled minCashoutAllowed maxCashoutAllowed }\n        ... on UpdatePalletFrozenStatusProposalDetails { pallet frozen }\n        ... on UpdateGlobalNftLimitProposalDetails { newDailyNftLimit newWeeklyNftLimit }\n        ... on DecreaseCouncilBudgetProposalDetails { amount }\n        ... on SetEraPayoutDampingFactorProposalDetails { dampingFactor }\n      }\n    }\n    votes: proposalVotedEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId voter { id handle } voteKind rationale votingRound inBlock indexInBlock }\n    decisions: proposalDecisionMadeEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId inBlock decisionStatus { __typename } }\n    updates: proposalStatusUpdatedEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId inBlock newStatus { __typename } }\n    rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {\n      referendumStageRevealing { endsAt }\n    }\n  }\n": types.ProposalInfoDocument,
    "\n  query Members($ids: [ID!]!, $limit: Int!) {\n    rows: memberships(where: { id_in: $ids }, limit: $limit) { id handle }\n  }\n": types.MembersDocument,
    "\n  query Posts($ids: [ID!]!, $limit: Int!) {\n    rows: forumPosts(where: { id_in: $ids }, limit: $limit) { id authorId threadId repliesToId isVisible }\n  }\n": types.PostsDocument,
    "\n  query DeletedPosts($ids: [ID!]!, $limit: Int!) {\n    rows: forumPosts(where: { deletedInEvent: { id_in: $ids } }, limit: $limit) {\n      id\n      authorId\n      threadId\n      repliesToId\n      isVisible\n      deletedInEventId\n    }\n  }\n": types.DeletedPostsDocument,
    "\n  query Threads($ids: [ID!]!, $limit: Int!) {\n    rows: forumThreads(where: { id_in: $ids }, limit: $limit) { id title authorId categoryId initialPostId isVisible }\n  }\n": types.ThreadsDocument,
    "\n  query Originals($ids: [ID!]!, $limit: Int!) {\n    rows: postAddedEvents(where: { post: { id_in: $ids } }, limit: $limit) {\n      postId\n      text\n    }\n  }\n": types.OriginalsDocument,
    "\n  query ThreadTexts($ids: [ID!]!, $limit: Int!) {\n    rows: threadCreatedEvents(where: { thread: { id_in: $ids } }, limit: $limit) {\n      threadId\n      text\n    }\n  }\n": types.ThreadTextsDocument,
    "\n  query Proposals($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id title creatorId }\n  }\n": types.ProposalsDocument,
    "\n  query Descriptions($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id description }\n  }\n": types.DescriptionsDocument,
    "\n  query Votes($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id councilApprovals votes { voterId votingRound } }\n  }\n": types.VotesDocument,
    "\n  query DiscussionOriginals($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionPostCreatedEvents(where: { post: { id_in: $ids } }, limit: $limit) {\n      postId\n      text\n    }\n  }\n": types.DiscussionOriginalsDocument,
    "\n  query Discussions($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionThreads(where: { id_in: $ids }, limit: $limit) { id proposalId }\n  }\n": types.DiscussionsDocument,
    "\n  query DiscussionPosts($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionPosts(where: { id_in: $ids }, limit: $limit) {\n      id\n      authorId\n      discussionThreadId\n      repliesToId\n      isVisible\n    }\n  }\n": types.DiscussionPostsDocument,
    "\n  query Openings($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupOpenings(where: { id_in: $ids }, limit: $limit) {\n      id\n      groupId\n      type\n      rewardPerBlock\n      stakeAmount\n      metadata { title shortDescription expectedEnding }\n    }\n  }\n": types.OpeningsDocument,
    "\n  query Applicants($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupApplications(where: { opening: { id_in: $ids } }, limit: $limit) {\n      openingId\n      applicantId\n      status { __typename }\n    }\n  }\n": types.ApplicantsDocument,
    "\n  query Applications($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupApplications(where: { id_in: $ids }, limit: $limit) { id applicantId openingId }\n  }\n": types.ApplicationsDocument,
    "\n  query Workers($ids: [ID!]!, $limit: Int!) {\n    rows: workers(where: { id_in: $ids }, limit: $limit) { id groupId membershipId isLead }\n  }\n": types.WorkersDocument,
    "\n  query CouncilMembers($ids: [ID!]!, $limit: Int!) {\n    rows: councilMembers(\n      where: { electedInCouncil: { id_in: $ids } }, limit: $limit\n    ) { memberId electedInCouncilId }\n  }\n": types.CouncilMembersDocument,
    "\n  query Categories($offset: Int!, $limit: Int!) {\n    rows: forumCategories(orderBy: [createdAt_ASC], offset: $offset, limit: $limit) { id parentId }\n  }\n": types.CategoriesDocument,
    "\n  query Roles($offset: Int!, $limit: Int!) {\n    councils: electedCouncils(where: { isResigned_eq: false }, orderBy: [electedAtBlock_DESC], limit: 1) {\n      councilMembers { memberId }\n    }\n    rows: workers(where: { isActive_eq: true }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit) {\n      groupId\n      isLead\n      membershipId\n    }\n  }\n": types.RolesDocument,
    "\n  query CurrentVotes($offset: Int!, $limit: Int!) {\n    rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {\n      referendumStageRevealing { startedAtBlock }\n    }\n    rows: castVotes(\n      where: { electionRound: { isFinished_eq: false } }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n    ) { castBy voteForId }\n  }\n": types.CurrentVotesDocument,
    "fragment NewCouncilElected on NewCouncilElectedEvent { electedCouncilId }": types.NewCouncilElectedFragmentDoc,
    "fragment PostAdded on PostAddedEvent { postId text }": types.PostAddedFragmentDoc,
    "fragment PostModerated on PostModeratedEvent { postId }": types.PostModeratedFragmentDoc,
    "fragment PostTextUpdated on PostTextUpdatedEvent { postId newText }": types.PostTextUpdatedFragmentDoc,
    "fragment ThreadCreated on ThreadCreatedEvent { threadId title text }": types.ThreadCreatedFragmentDoc,
    "fragment ThreadDeleted on ThreadDeletedEvent { threadId }": types.ThreadDeletedFragmentDoc,
    "fragment ThreadModerated on ThreadModeratedEvent { threadId }": types.ThreadModeratedFragmentDoc,
    "fragment MemberAccountsUpdated on MemberAccountsUpdatedEvent { memberId newControllerAccount }": types.MemberAccountsUpdatedFragmentDoc,
    "fragment ProposalCreated on ProposalCreatedEvent { proposalId }": types.ProposalCreatedFragmentDoc,
    "fragment ProposalDecisionMade on ProposalDecisionMadeEvent { proposalId decisionStatus { __typename } }": types.ProposalDecisionMadeFragmentDoc,
    "fragment ProposalDiscussionPostCreated on ProposalDiscussionPostCreatedEvent { postId text }": types.ProposalDiscussionPostCreatedFragmentDoc,
    "fragment ProposalDiscussionPostDeleted on ProposalDiscussionPostDeletedEvent { postId }": types.ProposalDiscussionPostDeletedFragmentDoc,
    "fragment ProposalDiscussionPostUpdated on ProposalDiscussionPostUpdatedEvent { postId text }": types.ProposalDiscussionPostUpdatedFragmentDoc,
    "fragment ProposalExecuted on ProposalExecutedEvent {\n      proposalId\n      executionStatus { __typename ... on ProposalStatusExecutionFailed { errorMessage } }\n    }": types.ProposalExecutedFragmentDoc,
    "fragment ProposalStatusUpdated on ProposalStatusUpdatedEvent { proposalId newStatus { __typename } }": types.ProposalStatusUpdatedFragmentDoc,
    "fragment ProposalVoted on ProposalVotedEvent { proposalId voterId voteKind voteRationale: rationale }": types.ProposalVotedFragmentDoc,
    "fragment AppliedOnOpening on AppliedOnOpeningEvent { groupId openingId applicationId }": types.AppliedOnOpeningFragmentDoc,
    "fragment BudgetSet on BudgetSetEvent { groupId newBudget }": types.BudgetSetFragmentDoc,
    "fragment BudgetSpending on BudgetSpendingEvent { groupId amount reciever spendingRationale: rationale }": types.BudgetSpendingFragmentDoc,
    "fragment BudgetUpdated on BudgetUpdatedEvent { groupId budgetChangeAmount }": types.BudgetUpdatedFragmentDoc,
    "fragment LeaderSet on LeaderSetEvent { groupId leadId: workerId }": types.LeaderSetFragmentDoc,
    "fragment LeaderUnset on LeaderUnsetEvent { groupId leaderId }": types.LeaderUnsetFragmentDoc,
    "fragment NewMissedRewardLevelReached on NewMissedRewardLevelReachedEvent { groupId workerId newMissedRewardAmount }": types.NewMissedRewardLevelReachedFragmentDoc,
    "fragment OpeningAdded on OpeningAddedEvent { groupId openingId }": types.OpeningAddedFragmentDoc,
    "fragment OpeningFilled on OpeningFilledEvent { groupId openingId workersHired { membershipId } }": types.OpeningFilledFragmentDoc,
    "fragment StakeSlashed on StakeSlashedEvent { groupId workerId slashedAmount rationale }": types.StakeSlashedFragmentDoc,
    "fragment TerminatedLeader on TerminatedLeaderEvent { groupId workerId penalty rationale }": types.TerminatedLeaderFragmentDoc,
    "fragment TerminatedWorker on TerminatedWorkerEvent { groupId workerId penalty rationale }": types.TerminatedWorkerFragmentDoc,
    "fragment WorkerExited on WorkerExitedEvent { groupId workerId }": types.WorkerExitedFragmentDoc,
    "fragment WorkerRewardAmountUpdated on WorkerRewardAmountUpdatedEvent { groupId workerId newRewardPerBlock }": types.WorkerRewardAmountUpdatedFragmentDoc,
    "fragment WorkerStartedLeaving on WorkerStartedLeavingEvent { groupId workerId rationale }": types.WorkerStartedLeavingFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Entity($id: ID!) {\n    forumThreads(where: { id_eq: $id }, limit: 1) { id }\n    forumCategories(where: { id_eq: $id }, limit: 1) { id }\n    proposals(where: { id_eq: $id }, limit: 1) { id }\n  }\n"): (typeof documents)["\n  query Entity($id: ID!) {\n    forumThreads(where: { id_eq: $id }, limit: 1) { id }\n    forumCategories(where: { id_eq: $id }, limit: 1) { id }\n    proposals(where: { id_eq: $id }, limit: 1) { id }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Membership($id: ID!) {\n    memberships(where: { id_eq: $id }, limit: 1) { handle controllerAccount }\n  }\n"): (typeof documents)["\n  query Membership($id: ID!) {\n    memberships(where: { id_eq: $id }, limit: 1) { handle controllerAccount }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MembersOfAccounts($accounts: [String!]!, $offset: Int!, $limit: Int!) {\n    rows: memberships(\n      where: {\n        OR: [\n          { boundAccounts_containsAny: $accounts }\n          { controllerAccount_in: $accounts }\n          { rootAccount_in: $accounts }\n        ]\n      }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n    ) { id handle controllerAccount rootAccount boundAccounts }\n  }\n"): (typeof documents)["\n  query MembersOfAccounts($accounts: [String!]!, $offset: Int!, $limit: Int!) {\n    rows: memberships(\n      where: {\n        OR: [\n          { boundAccounts_containsAny: $accounts }\n          { controllerAccount_in: $accounts }\n          { rootAccount_in: $accounts }\n        ]\n      }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n    ) { id handle controllerAccount rootAccount boundAccounts }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    query PostAuthors($ids: [ID!]!, $from: DateTime!, $offset: Int!, $limit: Int!) {\n      rows: forumPosts(\n        where: { thread: { id_in: $ids }, createdAt_gte: $from }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n      ) { id authorId listId: threadId createdAt }\n    }\n  "): (typeof documents)["\n    query PostAuthors($ids: [ID!]!, $from: DateTime!, $offset: Int!, $limit: Int!) {\n      rows: forumPosts(\n        where: { thread: { id_in: $ids }, createdAt_gte: $from }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n      ) { id authorId listId: threadId createdAt }\n    }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    query CommentAuthors($ids: [ID!]!, $from: DateTime!, $offset: Int!, $limit: Int!) {\n      rows: proposalDiscussionPosts(\n        where: { discussionThread: { id_in: $ids }, createdAt_gte: $from }\n        orderBy: [createdAt_ASC]\n        offset: $offset\n        limit: $limit\n      ) { id authorId listId: discussionThreadId createdAt }\n    }\n  "): (typeof documents)["\n    query CommentAuthors($ids: [ID!]!, $from: DateTime!, $offset: Int!, $limit: Int!) {\n      rows: proposalDiscussionPosts(\n        where: { discussionThread: { id_in: $ids }, createdAt_gte: $from }\n        orderBy: [createdAt_ASC]\n        offset: $offset\n        limit: $limit\n      ) { id authorId listId: discussionThreadId createdAt }\n    }\n  "];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Candidates($limit: Int!) {\n    rows: candidates(where: { electionRound: { isFinished_eq: false } }, orderBy: [createdAt_ASC], limit: $limit) {\n      status\n      member { id handle }\n    }\n  }\n"): (typeof documents)["\n  query Candidates($limit: Int!) {\n    rows: candidates(where: { electionRound: { isFinished_eq: false } }, orderBy: [createdAt_ASC], limit: $limit) {\n      status\n      member { id handle }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Elections($ids: [ID!]!, $limit: Int!) {\n    rows: electionRounds(where: { nextElectedCouncil: { id_in: $ids } }, limit: $limit) {\n      nextElectedCouncilId\n      cycleId\n      electedCouncil { councilMembers { memberId } }\n      candidates { memberId status }\n    }\n  }\n"): (typeof documents)["\n  query Elections($ids: [ID!]!, $limit: Int!) {\n    rows: electionRounds(where: { nextElectedCouncil: { id_in: $ids } }, limit: $limit) {\n      nextElectedCouncilId\n      cycleId\n      electedCouncil { councilMembers { memberId } }\n      candidates { memberId status }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ElectionStages($blocks: [BigInt!]!, $limit: Int!) {\n    announcing: councilStageUpdates(where: { changedAt_in: $blocks }, limit: $limit) {\n      changedAt\n      stage {\n        __typename\n        ... on CouncilStageAnnouncing { endsAt candidatesCount }\n      }\n    }\n    voting: referendumStageVotings(where: { startedAtBlock_in: $blocks }, limit: $limit) {\n      startedAtBlock\n      endsAt\n      winningTargetCount\n      electionRound { id candidates { status member { id handle } } }\n    }\n    revealing: referendumStageRevealings(where: { startedAtBlock_in: $blocks }, limit: $limit) {\n      startedAtBlock\n      endsAt\n      electionRound { id }\n    }\n  }\n"): (typeof documents)["\n  query ElectionStages($blocks: [BigInt!]!, $limit: Int!) {\n    announcing: councilStageUpdates(where: { changedAt_in: $blocks }, limit: $limit) {\n      changedAt\n      stage {\n        __typename\n        ... on CouncilStageAnnouncing { endsAt candidatesCount }\n      }\n    }\n    voting: referendumStageVotings(where: { startedAtBlock_in: $blocks }, limit: $limit) {\n      startedAtBlock\n      endsAt\n      winningTargetCount\n      electionRound { id candidates { status member { id handle } } }\n    }\n    revealing: referendumStageRevealings(where: { startedAtBlock_in: $blocks }, limit: $limit) {\n      startedAtBlock\n      endsAt\n      electionRound { id }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Names($threads: [ID!]!, $categories: [ID!]!, $proposals: [ID!]!, $limit: Int!) {\n    threads: forumThreads(where: { id_in: $threads }, limit: $limit) { id title isVisible }\n    categories: forumCategories(where: { id_in: $categories }, limit: $limit) { id title }\n    proposals: proposals(where: { id_in: $proposals }, limit: $limit) { id title }\n  }\n"): (typeof documents)["\n  query Names($threads: [ID!]!, $categories: [ID!]!, $proposals: [ID!]!, $limit: Int!) {\n    threads: forumThreads(where: { id_in: $threads }, limit: $limit) { id title isVisible }\n    categories: forumCategories(where: { id_in: $categories }, limit: $limit) { id title }\n    proposals: proposals(where: { id_in: $proposals }, limit: $limit) { id title }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ProposalInfo($ids: [ID!]!, $limit: Int!, $most: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) {\n      id\n      creator { id handle }\n      stakingAccount\n      status { __typename }\n      councilApprovals\n      exactExecutionBlock\n      details {\n        __typename\n        ... on SignalProposalDetails { text }\n        ... on FundingRequestProposalDetails { destinationsList { destinations { account amount } } }\n        ... on SetMaxValidatorCountProposalDetails { newMaxValidatorCount }\n        ... on CreateWorkingGroupLeadOpeningProposalDetails {\n          group { id }\n          metadata { title }\n          stakeAmount\n          rewardPerBlock\n        }\n        ... on FillWorkingGroupLeadOpeningProposalDetails {\n          opening { groupId metadata { title } }\n          application { applicant { id handle } }\n        }\n        ... on UpdateWorkingGroupBudgetProposalDetails { group { id } amount }\n        ... on DecreaseWorkingGroupLeadStakeProposalDetails { lead { groupId membership { id handle } } amount }\n        ... on SlashWorkingGroupLeadProposalDetails { lead { groupId membership { id handle } } amount }\n        ... on SetWorkingGroupLeadRewardProposalDetails {\n          lead { groupId membership { id handle } }\n          newRewardPerBlock\n        }\n        ... on TerminateWorkingGroupLeadProposalDetails {\n          lead { groupId membership { id handle } }\n          slashingAmount\n        }\n        ... on AmendConstitutionProposalDetails { text }\n        ... on CancelWorkingGroupLeadOpeningProposalDetails { opening { groupId metadata { title } } }\n        ... on SetMembershipPriceProposalDetails { newPrice }\n        ... on SetCouncilBudgetIncrementProposalDetails { newAmount }\n        ... on SetCouncilorRewardProposalDetails { newRewardPerBlock }\n        ... on SetInitialInvitationBalanceProposalDetails { newInitialInvitationBalance }\n        ... on SetInitialInvitationCountProposalDetails { newInitialInvitationsCount }\n        ... on SetMembershipLeadInvitationQuotaProposalDetails { newLeadInvitationQuota }\n        ... on SetReferralCutProposalDetails { newReferralCut }\n        ... on VetoProposalDetails { proposal { id title } }\n        ... on UpdateChannelPayoutsProposalDetails { channelCashoutsEnabled minCashoutAllowed maxCashoutAllowed }\n        ... on UpdatePalletFrozenStatusProposalDetails { pallet frozen }\n        ... on UpdateGlobalNftLimitProposalDetails { newDailyNftLimit newWeeklyNftLimit }\n        ... on DecreaseCouncilBudgetProposalDetails { amount }\n        ... on SetEraPayoutDampingFactorProposalDetails { dampingFactor }\n      }\n    }\n    votes: proposalVotedEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId voter { id handle } voteKind rationale votingRound inBlock indexInBlock }\n    decisions: proposalDecisionMadeEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId inBlock decisionStatus { __typename } }\n    updates: proposalStatusUpdatedEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId inBlock newStatus { __typename } }\n    rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {\n      referendumStageRevealing { endsAt }\n    }\n  }\n"): (typeof documents)["\n  query ProposalInfo($ids: [ID!]!, $limit: Int!, $most: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) {\n      id\n      creator { id handle }\n      stakingAccount\n      status { __typename }\n      councilApprovals\n      exactExecutionBlock\n      details {\n        __typename\n        ... on SignalProposalDetails { text }\n        ... on FundingRequestProposalDetails { destinationsList { destinations { account amount } } }\n        ... on SetMaxValidatorCountProposalDetails { newMaxValidatorCount }\n        ... on CreateWorkingGroupLeadOpeningProposalDetails {\n          group { id }\n          metadata { title }\n          stakeAmount\n          rewardPerBlock\n        }\n        ... on FillWorkingGroupLeadOpeningProposalDetails {\n          opening { groupId metadata { title } }\n          application { applicant { id handle } }\n        }\n        ... on UpdateWorkingGroupBudgetProposalDetails { group { id } amount }\n        ... on DecreaseWorkingGroupLeadStakeProposalDetails { lead { groupId membership { id handle } } amount }\n        ... on SlashWorkingGroupLeadProposalDetails { lead { groupId membership { id handle } } amount }\n        ... on SetWorkingGroupLeadRewardProposalDetails {\n          lead { groupId membership { id handle } }\n          newRewardPerBlock\n        }\n        ... on TerminateWorkingGroupLeadProposalDetails {\n          lead { groupId membership { id handle } }\n          slashingAmount\n        }\n        ... on AmendConstitutionProposalDetails { text }\n        ... on CancelWorkingGroupLeadOpeningProposalDetails { opening { groupId metadata { title } } }\n        ... on SetMembershipPriceProposalDetails { newPrice }\n        ... on SetCouncilBudgetIncrementProposalDetails { newAmount }\n        ... on SetCouncilorRewardProposalDetails { newRewardPerBlock }\n        ... on SetInitialInvitationBalanceProposalDetails { newInitialInvitationBalance }\n        ... on SetInitialInvitationCountProposalDetails { newInitialInvitationsCount }\n        ... on SetMembershipLeadInvitationQuotaProposalDetails { newLeadInvitationQuota }\n        ... on SetReferralCutProposalDetails { newReferralCut }\n        ... on VetoProposalDetails { proposal { id title } }\n        ... on UpdateChannelPayoutsProposalDetails { channelCashoutsEnabled minCashoutAllowed maxCashoutAllowed }\n        ... on UpdatePalletFrozenStatusProposalDetails { pallet frozen }\n        ... on UpdateGlobalNftLimitProposalDetails { newDailyNftLimit newWeeklyNftLimit }\n        ... on DecreaseCouncilBudgetProposalDetails { amount }\n        ... on SetEraPayoutDampingFactorProposalDetails { dampingFactor }\n      }\n    }\n    votes: proposalVotedEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId voter { id handle } voteKind rationale votingRound inBlock indexInBlock }\n    decisions: proposalDecisionMadeEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId inBlock decisionStatus { __typename } }\n    updates: proposalStatusUpdatedEvents(\n      where: { proposal: { id_in: $ids } }, orderBy: [inBlock_ASC, indexInBlock_ASC], limit: $most\n    ) { proposalId inBlock newStatus { __typename } }\n    rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {\n      referendumStageRevealing { endsAt }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Members($ids: [ID!]!, $limit: Int!) {\n    rows: memberships(where: { id_in: $ids }, limit: $limit) { id handle }\n  }\n"): (typeof documents)["\n  query Members($ids: [ID!]!, $limit: Int!) {\n    rows: memberships(where: { id_in: $ids }, limit: $limit) { id handle }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Posts($ids: [ID!]!, $limit: Int!) {\n    rows: forumPosts(where: { id_in: $ids }, limit: $limit) { id authorId threadId repliesToId isVisible }\n  }\n"): (typeof documents)["\n  query Posts($ids: [ID!]!, $limit: Int!) {\n    rows: forumPosts(where: { id_in: $ids }, limit: $limit) { id authorId threadId repliesToId isVisible }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DeletedPosts($ids: [ID!]!, $limit: Int!) {\n    rows: forumPosts(where: { deletedInEvent: { id_in: $ids } }, limit: $limit) {\n      id\n      authorId\n      threadId\n      repliesToId\n      isVisible\n      deletedInEventId\n    }\n  }\n"): (typeof documents)["\n  query DeletedPosts($ids: [ID!]!, $limit: Int!) {\n    rows: forumPosts(where: { deletedInEvent: { id_in: $ids } }, limit: $limit) {\n      id\n      authorId\n      threadId\n      repliesToId\n      isVisible\n      deletedInEventId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Threads($ids: [ID!]!, $limit: Int!) {\n    rows: forumThreads(where: { id_in: $ids }, limit: $limit) { id title authorId categoryId initialPostId isVisible }\n  }\n"): (typeof documents)["\n  query Threads($ids: [ID!]!, $limit: Int!) {\n    rows: forumThreads(where: { id_in: $ids }, limit: $limit) { id title authorId categoryId initialPostId isVisible }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Originals($ids: [ID!]!, $limit: Int!) {\n    rows: postAddedEvents(where: { post: { id_in: $ids } }, limit: $limit) {\n      postId\n      text\n    }\n  }\n"): (typeof documents)["\n  query Originals($ids: [ID!]!, $limit: Int!) {\n    rows: postAddedEvents(where: { post: { id_in: $ids } }, limit: $limit) {\n      postId\n      text\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ThreadTexts($ids: [ID!]!, $limit: Int!) {\n    rows: threadCreatedEvents(where: { thread: { id_in: $ids } }, limit: $limit) {\n      threadId\n      text\n    }\n  }\n"): (typeof documents)["\n  query ThreadTexts($ids: [ID!]!, $limit: Int!) {\n    rows: threadCreatedEvents(where: { thread: { id_in: $ids } }, limit: $limit) {\n      threadId\n      text\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Proposals($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id title creatorId }\n  }\n"): (typeof documents)["\n  query Proposals($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id title creatorId }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Descriptions($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id description }\n  }\n"): (typeof documents)["\n  query Descriptions($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id description }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Votes($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id councilApprovals votes { voterId votingRound } }\n  }\n"): (typeof documents)["\n  query Votes($ids: [ID!]!, $limit: Int!) {\n    rows: proposals(where: { id_in: $ids }, limit: $limit) { id councilApprovals votes { voterId votingRound } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DiscussionOriginals($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionPostCreatedEvents(where: { post: { id_in: $ids } }, limit: $limit) {\n      postId\n      text\n    }\n  }\n"): (typeof documents)["\n  query DiscussionOriginals($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionPostCreatedEvents(where: { post: { id_in: $ids } }, limit: $limit) {\n      postId\n      text\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Discussions($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionThreads(where: { id_in: $ids }, limit: $limit) { id proposalId }\n  }\n"): (typeof documents)["\n  query Discussions($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionThreads(where: { id_in: $ids }, limit: $limit) { id proposalId }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DiscussionPosts($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionPosts(where: { id_in: $ids }, limit: $limit) {\n      id\n      authorId\n      discussionThreadId\n      repliesToId\n      isVisible\n    }\n  }\n"): (typeof documents)["\n  query DiscussionPosts($ids: [ID!]!, $limit: Int!) {\n    rows: proposalDiscussionPosts(where: { id_in: $ids }, limit: $limit) {\n      id\n      authorId\n      discussionThreadId\n      repliesToId\n      isVisible\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Openings($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupOpenings(where: { id_in: $ids }, limit: $limit) {\n      id\n      groupId\n      type\n      rewardPerBlock\n      stakeAmount\n      metadata { title shortDescription expectedEnding }\n    }\n  }\n"): (typeof documents)["\n  query Openings($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupOpenings(where: { id_in: $ids }, limit: $limit) {\n      id\n      groupId\n      type\n      rewardPerBlock\n      stakeAmount\n      metadata { title shortDescription expectedEnding }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Applicants($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupApplications(where: { opening: { id_in: $ids } }, limit: $limit) {\n      openingId\n      applicantId\n      status { __typename }\n    }\n  }\n"): (typeof documents)["\n  query Applicants($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupApplications(where: { opening: { id_in: $ids } }, limit: $limit) {\n      openingId\n      applicantId\n      status { __typename }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Applications($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupApplications(where: { id_in: $ids }, limit: $limit) { id applicantId openingId }\n  }\n"): (typeof documents)["\n  query Applications($ids: [ID!]!, $limit: Int!) {\n    rows: workingGroupApplications(where: { id_in: $ids }, limit: $limit) { id applicantId openingId }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Workers($ids: [ID!]!, $limit: Int!) {\n    rows: workers(where: { id_in: $ids }, limit: $limit) { id groupId membershipId isLead }\n  }\n"): (typeof documents)["\n  query Workers($ids: [ID!]!, $limit: Int!) {\n    rows: workers(where: { id_in: $ids }, limit: $limit) { id groupId membershipId isLead }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CouncilMembers($ids: [ID!]!, $limit: Int!) {\n    rows: councilMembers(\n      where: { electedInCouncil: { id_in: $ids } }, limit: $limit\n    ) { memberId electedInCouncilId }\n  }\n"): (typeof documents)["\n  query CouncilMembers($ids: [ID!]!, $limit: Int!) {\n    rows: councilMembers(\n      where: { electedInCouncil: { id_in: $ids } }, limit: $limit\n    ) { memberId electedInCouncilId }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Categories($offset: Int!, $limit: Int!) {\n    rows: forumCategories(orderBy: [createdAt_ASC], offset: $offset, limit: $limit) { id parentId }\n  }\n"): (typeof documents)["\n  query Categories($offset: Int!, $limit: Int!) {\n    rows: forumCategories(orderBy: [createdAt_ASC], offset: $offset, limit: $limit) { id parentId }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Roles($offset: Int!, $limit: Int!) {\n    councils: electedCouncils(where: { isResigned_eq: false }, orderBy: [electedAtBlock_DESC], limit: 1) {\n      councilMembers { memberId }\n    }\n    rows: workers(where: { isActive_eq: true }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit) {\n      groupId\n      isLead\n      membershipId\n    }\n  }\n"): (typeof documents)["\n  query Roles($offset: Int!, $limit: Int!) {\n    councils: electedCouncils(where: { isResigned_eq: false }, orderBy: [electedAtBlock_DESC], limit: 1) {\n      councilMembers { memberId }\n    }\n    rows: workers(where: { isActive_eq: true }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit) {\n      groupId\n      isLead\n      membershipId\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CurrentVotes($offset: Int!, $limit: Int!) {\n    rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {\n      referendumStageRevealing { startedAtBlock }\n    }\n    rows: castVotes(\n      where: { electionRound: { isFinished_eq: false } }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n    ) { castBy voteForId }\n  }\n"): (typeof documents)["\n  query CurrentVotes($offset: Int!, $limit: Int!) {\n    rounds: electionRounds(where: { isFinished_eq: false }, orderBy: [createdAt_DESC], limit: 1) {\n      referendumStageRevealing { startedAtBlock }\n    }\n    rows: castVotes(\n      where: { electionRound: { isFinished_eq: false } }, orderBy: [createdAt_ASC], offset: $offset, limit: $limit\n    ) { castBy voteForId }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment NewCouncilElected on NewCouncilElectedEvent { electedCouncilId }"): (typeof documents)["fragment NewCouncilElected on NewCouncilElectedEvent { electedCouncilId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PostAdded on PostAddedEvent { postId text }"): (typeof documents)["fragment PostAdded on PostAddedEvent { postId text }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PostModerated on PostModeratedEvent { postId }"): (typeof documents)["fragment PostModerated on PostModeratedEvent { postId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PostTextUpdated on PostTextUpdatedEvent { postId newText }"): (typeof documents)["fragment PostTextUpdated on PostTextUpdatedEvent { postId newText }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ThreadCreated on ThreadCreatedEvent { threadId title text }"): (typeof documents)["fragment ThreadCreated on ThreadCreatedEvent { threadId title text }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ThreadDeleted on ThreadDeletedEvent { threadId }"): (typeof documents)["fragment ThreadDeleted on ThreadDeletedEvent { threadId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ThreadModerated on ThreadModeratedEvent { threadId }"): (typeof documents)["fragment ThreadModerated on ThreadModeratedEvent { threadId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment MemberAccountsUpdated on MemberAccountsUpdatedEvent { memberId newControllerAccount }"): (typeof documents)["fragment MemberAccountsUpdated on MemberAccountsUpdatedEvent { memberId newControllerAccount }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ProposalCreated on ProposalCreatedEvent { proposalId }"): (typeof documents)["fragment ProposalCreated on ProposalCreatedEvent { proposalId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ProposalDecisionMade on ProposalDecisionMadeEvent { proposalId decisionStatus { __typename } }"): (typeof documents)["fragment ProposalDecisionMade on ProposalDecisionMadeEvent { proposalId decisionStatus { __typename } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ProposalDiscussionPostCreated on ProposalDiscussionPostCreatedEvent { postId text }"): (typeof documents)["fragment ProposalDiscussionPostCreated on ProposalDiscussionPostCreatedEvent { postId text }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ProposalDiscussionPostDeleted on ProposalDiscussionPostDeletedEvent { postId }"): (typeof documents)["fragment ProposalDiscussionPostDeleted on ProposalDiscussionPostDeletedEvent { postId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ProposalDiscussionPostUpdated on ProposalDiscussionPostUpdatedEvent { postId text }"): (typeof documents)["fragment ProposalDiscussionPostUpdated on ProposalDiscussionPostUpdatedEvent { postId text }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ProposalExecuted on ProposalExecutedEvent {\n      proposalId\n      executionStatus { __typename ... on ProposalStatusExecutionFailed { errorMessage } }\n    }"): (typeof documents)["fragment ProposalExecuted on ProposalExecutedEvent {\n      proposalId\n      executionStatus { __typename ... on ProposalStatusExecutionFailed { errorMessage } }\n    }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ProposalStatusUpdated on ProposalStatusUpdatedEvent { proposalId newStatus { __typename } }"): (typeof documents)["fragment ProposalStatusUpdated on ProposalStatusUpdatedEvent { proposalId newStatus { __typename } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment ProposalVoted on ProposalVotedEvent { proposalId voterId voteKind voteRationale: rationale }"): (typeof documents)["fragment ProposalVoted on ProposalVotedEvent { proposalId voterId voteKind voteRationale: rationale }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment AppliedOnOpening on AppliedOnOpeningEvent { groupId openingId applicationId }"): (typeof documents)["fragment AppliedOnOpening on AppliedOnOpeningEvent { groupId openingId applicationId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment BudgetSet on BudgetSetEvent { groupId newBudget }"): (typeof documents)["fragment BudgetSet on BudgetSetEvent { groupId newBudget }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment BudgetSpending on BudgetSpendingEvent { groupId amount reciever spendingRationale: rationale }"): (typeof documents)["fragment BudgetSpending on BudgetSpendingEvent { groupId amount reciever spendingRationale: rationale }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment BudgetUpdated on BudgetUpdatedEvent { groupId budgetChangeAmount }"): (typeof documents)["fragment BudgetUpdated on BudgetUpdatedEvent { groupId budgetChangeAmount }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment LeaderSet on LeaderSetEvent { groupId leadId: workerId }"): (typeof documents)["fragment LeaderSet on LeaderSetEvent { groupId leadId: workerId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment LeaderUnset on LeaderUnsetEvent { groupId leaderId }"): (typeof documents)["fragment LeaderUnset on LeaderUnsetEvent { groupId leaderId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment NewMissedRewardLevelReached on NewMissedRewardLevelReachedEvent { groupId workerId newMissedRewardAmount }"): (typeof documents)["fragment NewMissedRewardLevelReached on NewMissedRewardLevelReachedEvent { groupId workerId newMissedRewardAmount }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment OpeningAdded on OpeningAddedEvent { groupId openingId }"): (typeof documents)["fragment OpeningAdded on OpeningAddedEvent { groupId openingId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment OpeningFilled on OpeningFilledEvent { groupId openingId workersHired { membershipId } }"): (typeof documents)["fragment OpeningFilled on OpeningFilledEvent { groupId openingId workersHired { membershipId } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment StakeSlashed on StakeSlashedEvent { groupId workerId slashedAmount rationale }"): (typeof documents)["fragment StakeSlashed on StakeSlashedEvent { groupId workerId slashedAmount rationale }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment TerminatedLeader on TerminatedLeaderEvent { groupId workerId penalty rationale }"): (typeof documents)["fragment TerminatedLeader on TerminatedLeaderEvent { groupId workerId penalty rationale }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment TerminatedWorker on TerminatedWorkerEvent { groupId workerId penalty rationale }"): (typeof documents)["fragment TerminatedWorker on TerminatedWorkerEvent { groupId workerId penalty rationale }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment WorkerExited on WorkerExitedEvent { groupId workerId }"): (typeof documents)["fragment WorkerExited on WorkerExitedEvent { groupId workerId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment WorkerRewardAmountUpdated on WorkerRewardAmountUpdatedEvent { groupId workerId newRewardPerBlock }"): (typeof documents)["fragment WorkerRewardAmountUpdated on WorkerRewardAmountUpdatedEvent { groupId workerId newRewardPerBlock }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment WorkerStartedLeaving on WorkerStartedLeavingEvent { groupId workerId rationale }"): (typeof documents)["fragment WorkerStartedLeaving on WorkerStartedLeavingEvent { groupId workerId rationale }"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;